"""When a rank or a node dies, no rank lives on, and the job's end says so."""
import os
import signal

import case
import jobs

# SLURM gives ranks its KillWait, 5 s here, between the polite signal and the last one.
RANKS_GONE = 15
# It finds out about a silent node after its SlurmdTimeout, 10 s here, and asks all nodes in turn.
NODE_GONE = 60


class Failure(jobs.Case):
    def setUp(self):
        nodes = case.CLUSTER.settings()["nodes"]
        # In reverse: nodes are switched on, the jobs of the test end, the nodes are idle.
        self.addCleanup(lambda: case.CLUSTER.wait_until_idle(case.CLUSTER.login(), nodes))
        super().setUp()
        self.addCleanup(lambda: [case.CLUSTER.power(name, "on") for name in nodes])

    def ranks(self):
        return [pid for node in case.CLUSTER.nodes() for pid in case.programs_on(node)]

    def test_a_killed_rank_takes_the_others_with_it(self):
        job = self.begin_endless_job()
        self.assertEqual(len(self.ranks()), 6)

        os.kill(case.programs_on(case.CLUSTER.machine("n2"))[0], signal.SIGKILL)

        self.wait_for(lambda: not self.ranks(), "all ranks are gone", RANKS_GONE)
        self.assertEqual(self.wait_for_end(job), "FAILED", self.log(job))
        self.assertNotEqual(self.state(job)["ExitCode"], "0:0")
        self.assertEqual(self.state(job)["Restarts"], "0")

    def test_a_dead_node_ends_the_ranks_of_the_others_and_the_job_goes_on_when_it_is_back(self):
        job = self.begin_endless_job(changes={**jobs.ENDLESS, "save_steps": 3, "save_total_limit": 1})

        case.CLUSTER.power("n3", "off")

        self.wait_for(lambda: not self.ranks(), "all ranks are gone", NODE_GONE)
        self.wait_for(lambda: self.state(job)["JobState"] == "PENDING", "the job is to be started again")
        # Held until the node is idle: SLURM has a node that comes back end the job, and now and then takes the new start for the old one
        # ("Job credential expired").
        self.done(self.run_on_login("scontrol", "hold", job))
        case.CLUSTER.power("n3", "on")
        case.CLUSTER.wait_until_idle(case.CLUSTER.login(), case.CLUSTER.settings()["nodes"])
        self.done(self.run_on_login("scontrol", "release", job))
        self.wait_for(lambda: "resumed" in self.log(job), "the job goes on", 60)
        self.assertEqual(self.state(job)["Restarts"], "1")


if __name__ == "__main__":
    case.main()
