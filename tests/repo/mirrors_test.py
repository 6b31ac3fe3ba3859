"""Every source with a public header of its stem has a test that names the header or bears the stem."""
import re

from tree import ROOT, files, judge, name

# Sources without a test of their own, and what tests them instead. An entry that has become needless fails, too.
UNMIRRORED = {
    "core/check": "FS_CHECK fails in every test of a broken contract (shard, tensor, comm)",
    "core/dtype": "names and sizes of types: convert_dtype, sizes and every safetensors test",
    "device/stream": "lanes on streams of the fake device: tests/unit/comm/stream_lane_test.cpp",
    "train/device": "what there is: every run; tests/gpu",
    "convert/consolidate": "exports of whole runs (tests/fault/whole_run_test.py)",
    "generate/kv_cache": "decoder_test decodes through it and compares with the whole sequence at once",
    "model/model_spec": "tests/support/tiny_model.hpp makes every tested model with it",
    "shard/grad_ring": "tests/oracle and every run on several ranks go through it",
    "shard/param_store": "tests/support/whole_model.hpp; every run",
    "tensor/parallel": "kernels of block_test and head_test run under it",
    "train/evaluation": "tests/fault/evaluate_test.py",
    "train/evaluator": "whole runs (tests/oracle)",
    "train/inputs": "whole runs (tests/oracle)",
    "train/lr_schedule": "keys to a schedule; lr_schedule_test of optim has the values",
    "train/output_directory": "tests/fault: config_test.py refuses directories, checkpoint_test.py checkpoints",
    "train/progress": "runs that resume (tests/fault/resume_test.py)",
    "train/recorder": "tests/unit/report has its parts, tests/fault/checkpoint_test.py the full disk",
    "train/snapshot": "tests/fault/resume_test.py; tests/mpi/checkpoint has writer and reader",
    "train/watched_run": "tests/fault/watchdog_test.py",
}


def main():
    tests = [t for kind in ("unit", "mpi") for t in files(".cpp", under=f"tests/{kind}")]
    named = set(re.findall(r'"fullshard/(\w+/\w+)\.hpp"', "\n".join(t.read_text() for t in tests)))
    named |= {f"{t.parent.name}/{re.sub(r'(_mpi)?_test$', '', t.stem)}" for t in tests}
    problems, needed = [], set()
    for source in files(".cpp", under="src"):
        module = source.relative_to(ROOT / "src").parts[0]
        stem = f"{module}/{source.stem}"
        if not (ROOT / f"include/fullshard/{stem}.hpp").exists() or stem in named:
            continue
        needed.add(stem)
        if stem not in UNMIRRORED:
            problems.append(f"{name(source)}: no test includes fullshard/{stem}.hpp and none is called "
                            f"{source.stem}_test.cpp; write tests/unit/{module}/{source.stem}_test.cpp")
    for stem in sorted(UNMIRRORED.keys() - needed):
        problems.append(f"tests/repo/mirrors_test.py: {stem} has a test, or is gone: remove it from UNMIRRORED")
    judge(problems, "every source with a public header has a test, or a reason")


main()
