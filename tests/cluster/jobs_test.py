"""Training on the nodes by srun, and by the job scripts exactly as docs/cluster.md says: signals, time limits, pre-emption."""
import re
import time

import case
import jobs


class Jobs(jobs.Case):
    def test_srun_trains_on_three_nodes(self):
        jobs.write_run(self.dir)

        ended = self.done(self.run_on_login("srun", "-N3", "-n6", "--kill-on-bad-exit=1", "--mpi=pmix",
                                            case.PREFIX / "bin/fullshard", "train", "run.json"))

        self.assertRegex(ended.text, r"mesh +3×2")
        self.assertTrue((self.dir / "out/model.safetensors").exists(), ended.text)

    def finishes(self, script, ranks, **asked):
        jobs.write_run(self.dir)
        jobs.copy_script(self.dir, script, **asked)

        job = self.sbatch(script)

        self.assertEqual(self.wait_for_end(job), "COMPLETED", self.log(job))
        self.assertRegex(self.log(job), r"finished")
        self.assertRegex(self.log(job), rf"mesh +{ranks}")
        self.assertTrue((self.dir / "out/model.safetensors").exists(), self.log(job))

    def test_the_script_for_one_node(self):
        self.finishes("one_node.sh", "1×2")

    def test_the_script_for_several_nodes(self):
        self.finishes("several_nodes.sh", "3×2")

    def test_the_script_for_nodes_without_gpus(self):
        self.finishes("cpu_only.sh", "2×2", cpus_per_task="1")

    def goes_on(self, job, patience=60):
        """The job was requeued once, and no step is missing or done twice."""
        self.wait_for(lambda: "resumed" in self.log(job), "the job goes on", patience)
        saved = int(re.search(r"resumed +after step (\d+)", self.log(job))[1])
        self.wait_for(lambda: self.steps()[-1] > saved, "steps after the first")
        steps = self.steps()  # once: the job may still write
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.assertEqual(self.state(job)["Restarts"], "1")

    def test_signalled_it_saves_and_goes_on_when_requeued(self):
        job = self.begin_endless_job()

        self.done(self.run_on_login("scancel", "--signal=USR1", job))

        self.goes_on(job)

    def test_the_signal_comes_ahead_of_the_time_limit(self):
        # SLURM looks twice a minute, and half a minute ahead: it comes 10 to 40 s after the start.
        job = self.begin_endless_job(time="00:01:00", signal="USR1@20")

        self.goes_on(job, patience=90)

    def test_pre_empted_it_saves_within_the_grace_time_and_goes_on_afterwards(self):
        job = self.begin_endless_job()

        urgent = self.run_on_login("srun", "-p", "urgent", "-N3", "--exclusive", "cat", f"fullshard-{job}.log")

        self.assertIn("the same command continues", self.done(urgent).text)
        self.goes_on(job)

    def test_cancelled_it_saves_and_stays_cancelled(self):
        job = self.begin_endless_job()

        self.done(self.run_on_login("scancel", job))

        self.assertEqual(self.wait_for_end(job), "CANCELLED")
        self.wait_for(lambda: "the same command continues" in self.log(job), "the program saves")
        # Longer than a requeued job waits here.
        time.sleep(7)
        self.assertEqual((self.state(job)["JobState"], self.state(job)["Restarts"]), ("CANCELLED", "0"))


if __name__ == "__main__":
    case.main()
