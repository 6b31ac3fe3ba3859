"""The bundle on the nodes, as docs/install.md says: its module, its job script, srun and its own mpirun. In place of a prefix: the bundle."""
import json
import os

import case
import jobs

LIBTORCH = os.environ["FULLSHARD_LIBTORCH"]


class Bundle(jobs.Case):
    def digest(self, out):
        return json.loads((self.dir / out / "model.digest.json").read_text())["digest"]

    def environment(self):
        return {**jobs.submission_environment(), "FULLSHARD_LIBTORCH": LIBTORCH, "OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def srun(self, *line):
        return self.done(self.run_on_login("srun", "-N3", "-n6", "--kill-on-bad-exit=1", "--mpi=pmix", *line, env=self.environment())).text

    def mpirun(self, *line):
        line = ["salloc", "-N3", "-n6", case.PREFIX / "bin/mpirun", *line]
        return self.done(self.run_on_login(*line, env=self.environment())).text

    def test_srun_and_its_own_mpirun_train_the_same_model_on_three_nodes(self):
        jobs.write_run(self.dir)
        program = [case.PREFIX / "bin/fullshard", "train", "run.json"]

        by_srun, by_mpirun = self.srun(*program, "output_dir=srun"), self.mpirun(*program, "output_dir=mpirun")

        self.assertRegex(by_srun, r"mesh +3×2")
        self.assertRegex(by_mpirun, r"mesh +3×2")
        self.assertEqual(self.digest("srun"), self.digest("mpirun"))

    def test_daemons_on_other_nodes_are_its_own(self):
        text = self.mpirun("sh", "-c", "readlink /proc/$PPID/exe")

        self.assertEqual(text.count(f"{case.PREFIX}/libexec/orted\n"), 6, text)

    def test_its_module_and_job_script(self):
        jobs.write_run(self.dir)
        jobs.copy_script(self.dir, "several_nodes.sh")

        job = self.sbatch("several_nodes.sh", options=[f"--export=ALL,FULLSHARD_LIBTORCH={LIBTORCH}"])

        self.assertEqual(self.wait_for_end(job), "COMPLETED", self.log(job))
        self.assertRegex(self.log(job), r"mesh +3×2")


case.main()
