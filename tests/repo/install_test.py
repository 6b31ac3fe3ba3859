"""What `cmake --install` leaves at another place is a program that trains, with nothing in its environment but PATH."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fault"))
import harness
from tree import judge

# The launcher refuses root, and more ranks than cores, unless told otherwise.
LAUNCHER = ["--allow-run-as-root", "--oversubscribe"]


def problems(build, launcher, work):
    subprocess.run(["cmake", "--install", build, "--prefix", work / "prefix"], check=True, stdout=subprocess.DEVNULL)
    program = work / "prefix" / "bin" / "fullshard"
    harness.write_model(work / "model")
    harness.write_rows(work / "data.jsonl", harness.token_rows(24))
    run = {"model_name_or_path": "model", "dataset": "data.jsonl", "cutoff_len": 32, "global_batch_size": 4,
           "per_device_train_batch_size": 2, "max_steps": 2, "output_dir": "out"}
    (work / "run.json").write_text(json.dumps(run))
    for name, line in {
        "one process": [program, "train", work / "run.json", "output_dir=one"],
        "two ranks": [launcher, *LAUNCHER, "-n", "2", program, "train", work / "run.json", "output_dir=two"],
    }.items():
        ended = subprocess.run(line, env={"PATH": os.environ["PATH"]}, cwd=work, capture_output=True, text=True, timeout=60)
        if ended.returncode != 0:
            yield f"{name}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}"
        elif not (work / name.split()[0] / "model.safetensors").exists():
            yield f"{name}: no model was exported\n{ended.stdout}"


with tempfile.TemporaryDirectory(prefix="fullshard-install-") as directory:
    judge(list(problems(sys.argv[1], sys.argv[2], Path(directory))), "an installed program trains in an empty environment")
