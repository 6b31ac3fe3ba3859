"""Runs and job scripts for tests, made the way docs/cluster.md tells a user to make them."""
import json
import os
import re

import case
import harness
import requirements

ENDLESS = {"max_steps": 10_000_000, "save_steps": 10_000_000}


def write_run(directory, **changes):
    harness.write_model(directory / "model")
    harness.write_rows(directory / "data.jsonl", harness.token_rows(24))
    run = {"model_name_or_path": "model", "dataset": "data.jsonl", "output_dir": "out", "cutoff_len": 32, "max_steps": 6,
           "per_device_train_batch_size": 2, "global_batch_size": 12, "learning_rate": 1e-3, "logging_steps": 1, **changes}
    (directory / "run.json").write_text(json.dumps(run))


def copy_script(directory, name, **asked):
    """Copies an installed job script and edits its two places, and nothing else: `asked` replaces #SBATCH options."""
    text = (case.PREFIX / "share/fullshard/slurm" / name).read_text()
    first, second = re.findall(r"^# >>> Edit \d of 2:.*?^# <<<$", text, re.M | re.S)
    edited = first
    for option, value in asked.items():
        option = option.replace("_", "-")
        edited, n = re.subn(rf"^#SBATCH --{option}=\S+", f"#SBATCH --{option}={value}", edited, flags=re.M)
        assert n == 1, f"{name} has no #SBATCH --{option} in its first place"
    text = text.replace(first, edited)
    uncommented, n = re.subn(r"^# module use /path/to/prefix/", f"module use '{case.PREFIX}'/", second, flags=re.M)
    assert n == 1, f"{name} has no module use in its second place"
    (directory / name).write_text(text.replace(second, uncommented))


def submission_environment():
    """A user's, who has just logged in: what a job needs beyond it comes from the script."""
    from site_files import environment_of
    kept = ("HOME", "USER", "LOGNAME", "LANG", "PATH")
    return environment_of({k: v for k, v in os.environ.items() if k in kept} | {"USER": "root"})


class Case(case.Case):
    """What is asked of jobs and their logs."""

    def sbatch(self, name, *arguments, options=()):
        text = self.done(self.run_on_login("sbatch", *options, name, *arguments, env=submission_environment())).text
        return re.search(r"Submitted batch job (\d+)", text)[1]

    def state(self, job):
        shown = self.run_on_login("scontrol", "show", "job", job).text
        return dict(re.findall(r"(\w+)=(\S*)", shown))

    def wait_for_end(self, job, patience=60):
        ends = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED")
        return self.wait_for(lambda: (s := self.state(job)["JobState"]) in ends and s, f"job {job} ends", patience)

    def log(self, job):
        path = self.dir / f"fullshard-{job}.log"
        return path.read_text() if path.exists() else ""

    def steps(self):
        path = self.dir / "out/trainer_log.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row["current_steps"] for row in rows if "loss" in row]

    def setUp(self):
        super().setUp()
        if not requirements.module_system():
            self.skipTest("no module command here for job scripts (Debian: apt install lmod)")

    def begin_endless_job(self, signal=None, changes=ENDLESS, **asked):
        """A job on three nodes that has made its first steps."""
        write_run(self.dir, **changes)
        copy_script(self.dir, "several_nodes.sh", **asked)
        options = [f"--signal={signal}"] if signal else []
        job = self.sbatch("several_nodes.sh", options=options)
        self.wait_for(lambda: len(self.steps()) > 3, "the first steps")
        return job
