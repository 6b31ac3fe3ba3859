"""A rank that is stopped in the middle of a run: the others name it and end, and it writes nothing when it wakes up."""
import os
import re
import signal
import time
from pathlib import Path

import harness

RANKS = 3
LIMIT = 3
# The limit, then the launcher: it asks the ranks that are left to end, and kills them some seconds later.
LAUNCHER_SECONDS = 12


def rank_of(pid):
    """The launcher's number of a rank, and whether its watch has begun; nothing if the process is gone."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes()
        number = re.search(rb"(?:OMPI_COMM_WORLD_RANK|PMIX_RANK)=(\d+)", variables)
        threads = [t.read_text().strip() for t in Path(f"/proc/{pid}/task").glob("*/comm")]
    except OSError:
        return None
    return int(number[1]) if number and "watchdog" in threads else None


class Watchdog(harness.Case):
    def ranks(self, running):
        return {rank_of(pid): pid for pid in running.rank_pids()}

    def watched(self, running):
        return all("watchdog" in harness.thread_names(pid) for pid in self.ranks(running).values())

    def stopped(self, rank, when, *overrides, phase):
        """Stops `rank` once `when()` holds, and looks at how the run ends."""
        self.out = self.dir / f"out-{rank}"
        # Longer than any test; a step of a tiny model takes milliseconds.
        with self.running(RANKS, f"output_dir={self.out}", "max_steps=1000000", "logging_steps=1",
                          f"watchdog_seconds={LIMIT}", *overrides) as running:
            running.wait_for(lambda: set(self.ranks(running)) >= set(range(RANKS)) and self.watched(running) and when())
            time.sleep(0.1)  # for the threads to find each other: before, ranks wait for one that does not come as long as MPI's own start-up does
            victim = self.ranks(running)[rank]
            os.kill(victim, signal.SIGSTOP)
            start = time.monotonic()
            others = [pid for r, pid in self.ranks(running).items() if r != rank]
            while any(map(harness.alive, others)):
                self.assertLess(time.monotonic() - start, LIMIT + 0.5, running.output())
                time.sleep(0.01)
            ended = running.ended()
            self.assertLess(time.monotonic() - start, LIMIT + LAUNCHER_SECONDS)
        self.assertEqual(ended.code, 5, str(ended))
        verdicts = [line for line in ended.out.splitlines() if "has made no progress" in line]
        self.assertEqual(len(verdicts), 1, str(ended))
        log = self.out / "watchdog.log"
        if log.exists() or "start-up" not in phase:
            self.assertEqual(log.read_text(), verdicts[0] + "\n")
        self.assertRegex(verdicts[0], rf"^fullshard: rank {rank} on {os.uname().nodename} has made no progress for \d s: "
                                      rf"(step \d+, )?({phase}).*, stopped or cut off \(last heartbeat \d s ago\)")
        if "start-up" not in phase:  # there ranks may still be about to wait
            self.assertRegex(verdicts[0], r"; (2 ranks wait|rank \d waits) in \w+ #\d+ (of [\w ]+ )?over \w+ \(.+\)$")
        while harness.alive(victim):
            self.assertLess(time.monotonic() - start, LIMIT + LAUNCHER_SECONDS, "the stopped rank lives on")
            time.sleep(0.01)
        return ended

    def running(self, ranks, *overrides):
        return harness.Running(ranks, "train", self.run_file, *overrides)

    def test_in_a_step(self):
        for rank in range(RANKS):
            with self.subTest(rank=rank):
                self.stopped(rank, lambda: len(self.logged_steps()) > 20, "save_strategy=no",
                             phase="forward|backward|update")

    def test_in_a_save(self):
        for rank in range(RANKS):
            with self.subTest(rank=rank):
                self.stopped(rank, lambda: any(self.out.glob("checkpoint-*.partial-*")), "save_steps=2",
                             "save_total_limit=1", phase="save|forward|backward|update")
                # What the stopped rank was writing never got its name.
                for checkpoint in self.out.glob("checkpoint-*[0-9]"):
                    self.assertTrue((checkpoint / "manifest.json").exists() or ".partial-" in checkpoint.name)

    def test_at_start(self):
        harness.write_rows(self.dir / "data.jsonl", harness.token_rows(60_000))
        for rank in range(RANKS):
            with self.subTest(rank=rank):
                # A store that is there would make start-up short.
                self.stopped(rank, lambda: True, f"tokenized_path={self.dir / f'tokens-{rank}'}", phase="start-up|load")

    def test_in_an_evaluation(self):
        harness.write_rows(self.dir / "held_out.jsonl", harness.token_rows(20_000))
        for rank in range(RANKS):
            with self.subTest(rank=rank):
                self.stopped(rank, lambda: self.logged_steps(), f"eval_dataset={self.dir / 'held_out.jsonl'}", "eval_steps=1",
                             "save_strategy=no", phase="evaluation|forward|backward|update")

    def test_a_stop_of_a_third_of_the_limit_is_borne(self):
        with self.running(RANKS, "max_steps=400", f"watchdog_seconds={LIMIT}", "logging_steps=1") as running:
            running.wait_for(lambda: len(self.logged_steps()) > 20)
            pid = self.ranks(running)[1]
            os.kill(pid, signal.SIGSTOP)
            time.sleep(LIMIT / 3)
            os.kill(pid, signal.SIGCONT)
            self.done(running.ended())
        self.assertFalse((self.out / "watchdog.log").exists())

    def test_zero_turns_it_off(self):
        with self.running(RANKS, "max_steps=1000000", "watchdog_seconds=0", "logging_steps=1") as running:
            running.wait_for(lambda: len(self.logged_steps()) > 5)
            self.assertEqual(set(self.ranks(running)), {None})

    def test_one_rank_waits_for_nobody(self):
        with self.running(1, "max_steps=1000000", f"watchdog_seconds={LIMIT}", "logging_steps=1") as running:
            running.wait_for(lambda: len(self.logged_steps()) > 5)
            os.kill(running.process.pid, signal.SIGSTOP)
            time.sleep(LIMIT)
            steps = len(self.logged_steps())
            os.kill(running.process.pid, signal.SIGCONT)
            running.wait_for(lambda: len(self.logged_steps()) > steps)


harness.main()
