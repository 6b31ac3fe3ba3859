#!/usr/bin/env python3
"""Stops each rank in each phase of a real run, and cuts each node's link: how soon the others are gone, and whom they name.

    watchdog_trials.py FULLSHARD [--limit 5] [--phases forward save …] [--only stop cut fabric blink]

3 nodes of 2 ranks each, the whole program under srun. A trial waits until its rank's memory says that it is in the phase
(board.py), acts, and times the ranks that live. Right is: all gone within the limit and half a second, with exit code 5, and one
line in watchdog.log that names rank and host. Ends with 1 where a trial went wrong. The phase that the line names is counted, too: it
is where the rank stood, or where the others wait for it, when they came further because it had given its part already.

  stop     SIGSTOP to a rank; the phase is read again once it stands
  cut      a node's cables pulled for ever, those to SLURM too: either of its ranks is right
  fabric   only those that MPI uses; heartbeats go on over SLURM's network. All ranks wait, nobody can tell for whom: any rank is
           right, and the limit is ten median steps where that is more
  blink    pulled for two seconds: the run is to go on, without a line
"""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import workplace

import network
from board import Board
from case import programs_on
from traffic import CONFIG

NODES, RANKS_PER_NODE = 3, 2
RANKS = NODES * RANKS_PER_NODE
# The watch looks ten times per limit; the rest is for ranks that wait for one of two processors.
GRACE = 0.5
ROWS = 40_000  # reading them takes long enough to be caught at it
ENDLESS = ["max_steps=1000000"]
# Phase: what makes a run go through it. `update` and its neighbours come in every step.
PHASES = {"start-up": ENDLESS, "load": ENDLESS, "forward": ENDLESS, "backward": ENDLESS, "update": ENDLESS,
          "evaluation": [*ENDLESS, "eval_steps=1", "eval_dataset=held_out.jsonl"],
          "save": [*ENDLESS, "save_strategy=steps", "save_steps=2", "save_total_limit=1"], "export": ["max_steps=3"]}
CUT_PHASES = ("forward", "update", "save")
IN_STEPS = ("forward", "update")  # without heartbeats' help a save may take thirty times the limit
TOKENS = RANKS * 32
IN_EVERY_STEP = ("forward", "backward", "update")
KINDS = ("stop", "cut", "fabric", "blink")
TRIES = 5
LINE = re.compile(r"fullshard: rank (\d+) on (\S+) has made no progress for \d+ s: (?:step \d+, )?([a-z-]+)")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def rank_of(pid):
    try:
        return int(re.search(rb"\0SLURM_PROCID=(\d+)\0", Path(f"/proc/{pid}/environ").read_bytes())[1])
    except (OSError, TypeError):
        return None


class Missed(Exception):
    """The rank was not caught in the phase; the trial is made again."""


class Attempt:
    """A run in the background and the boards of its ranks."""

    def __init__(self, place, limit, overrides):
        self.place, self.boards = place, {}
        shutil.rmtree(place.dir / "out", ignore_errors=True)
        self.log = open(place.dir / "log", "w+")
        self.process = place.start(NODES, RANKS, f"watchdog_seconds={limit}", *overrides, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for board in self.boards.values():
            board.close()
        if self.process.poll() is None:
            self.process.kill()
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
        end = time.monotonic() + 20
        while self.pids() and time.monotonic() < end:
            time.sleep(0.05)
        self.log.close()

    def pids(self):
        return [pid for node in self.place.cluster.nodes() for pid in programs_on(node)]

    def text(self):
        return (self.place.dir / "log").read_text(errors="replace")

    def find_ranks(self):
        """Waits until the board of every rank is found."""
        while len(self.boards) < RANKS:
            self.still_runs()
            for pid in self.pids():
                if (rank := rank_of(pid)) is not None and rank not in self.boards and (board := Board.find(pid)):
                    self.boards[rank] = board
            time.sleep(0.01)

    def still_runs(self):
        if self.process.poll() is not None:
            raise Missed(f"ended with {self.process.returncode} before the trial:\n{self.text()[-2000:]}")

    def wait_for_phase(self, rank, phase):
        board = self.boards[rank]
        earliest = random.randint(2, 9) if phase in IN_EVERY_STEP else 0
        while board.step < earliest:
            self.still_runs()
            time.sleep(0.01)
        while board.phase != phase:
            self.still_runs()
            time.sleep(0.0002)
        # Anywhere in it, not at its first line: half of the time at once, else a little later.
        time.sleep(random.choice((0, random.uniform(0, 0.02))))

    def stop_in(self, rank, phase):
        """Stops `rank` in `phase`, really: what it had left meanwhile it goes on from."""
        once = phase in ("start-up", "load", "export")
        while True:
            self.wait_for_phase(rank, phase)
            pid = self.boards[rank].pid
            os.kill(pid, signal.SIGSTOP)
            began = time.monotonic()
            while "T" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
                time.sleep(0.0001)
            if self.boards[rank].phase == phase:
                return began
            os.kill(pid, signal.SIGCONT)
            if once:
                raise Missed(f"{phase} was over")

    def others_gone(self, but, began, patience):
        """Seconds from `began` until all ranks but `but` were gone; None where they live on."""
        others = [board.pid for rank, board in self.boards.items() if rank != but]
        while any(map(alive, others)):
            if time.monotonic() - began > patience:
                return None
            time.sleep(0.005)
        return time.monotonic() - began

    def lines(self):
        path = self.place.dir / "out" / "watchdog.log"
        return path.read_text().splitlines() if path.exists() else [x for x in self.text().splitlines() if LINE.search(x)]

    def median_step(self):
        rows = map(json.loads, (self.place.dir / "out" / "trainer_log.jsonl").read_text().splitlines())
        return statistics.median([TOKENS / row["tokens_per_second"] for row in rows if "loss" in row] or [0])

    def ended(self):
        """srun's exit code, and those it tells of the ranks."""
        code = self.process.wait(timeout=60)
        return code, sorted(set(re.findall(r"Exited with exit code (\d+)", self.text())))


def host_of(rank):
    return f"n{rank // RANKS_PER_NODE + 1}"


def judged(attempt, seconds, limit, right_ranks, phase):
    """What went wrong, as words, none if all is right; the lines; whether they name the phase."""
    wrong, lines, named = [], attempt.lines(), False
    if seconds is None or seconds > limit + GRACE:
        wrong.append(f"others gone after {seconds} s, allowed {limit + GRACE:.1f}")
    code, of_ranks = attempt.ended()
    if of_ranks != ["5"]:
        wrong.append(f"exit code {code}, of ranks {of_ranks}")
    if len(lines) != 1:
        wrong.append(f"{len(lines)} lines")
    elif not (found := LINE.match(lines[0])) or int(found[1]) not in right_ranks or found[2] != host_of(int(found[1])):
        wrong.append("another rank is named")
    else:
        named = found[3] == phase
    return wrong, lines, named


def stop_trial(place, limit, rank, phase):
    with Attempt(place, limit, PHASES[phase]) as attempt:
        attempt.find_ranks()
        began = attempt.stop_in(rank, phase)
        seconds = attempt.others_gone(rank, began, 4 * limit)
        return seconds, *judged(attempt, seconds, limit, {rank}, phase)


def pull(place, node, networks):
    network.set_link(place.cluster.login(), place.cluster.machine(node), "down", networks)


def plug(place, node):
    network.set_link(place.cluster.login(), place.cluster.machine(node), "up")


def pulled(place, limit, node, phase, networks):
    """A run whose node loses these networks, until all ranks are gone: they are all alive, and all to end."""
    first = (network.index_of(node) - 1) * RANKS_PER_NODE
    with Attempt(place, limit, PHASES[phase]) as attempt:
        attempt.find_ranks()
        attempt.wait_for_phase(first, phase)
        pull(place, node, networks)
        try:
            began = time.monotonic()
            seconds = attempt.others_gone(None, began, 8 * limit)
        finally:
            plug(place, node)
        whole = networks == network.BRIDGES
        allowed = limit if whole else max(limit, 10 * attempt.median_step())
        return seconds, *judged(attempt, seconds, allowed, {first, first + 1} if whole else range(RANKS), phase)


def cut_trial(place, limit, node, phase):
    return pulled(place, limit, node, phase, network.BRIDGES)


def fabric_trial(place, limit, node, phase):
    return pulled(place, limit, node, phase, ("fabric",))


def blink_trial(place, limit, node, phase):
    with Attempt(place, limit, PHASES[phase]) as attempt:
        attempt.find_ranks()
        attempt.wait_for_phase(0, phase)
        pull(place, node, network.BRIDGES)
        time.sleep(2)
        plug(place, node)
        began, steps = time.monotonic(), attempt.text().count("\nstep ")
        while attempt.text().count("\nstep ") < steps + 20:
            if attempt.process.poll() is not None or time.monotonic() - began > 60:
                return None, ["the run did not go on"], attempt.lines(), False
            time.sleep(0.05)
        return time.monotonic() - began, ["a line was written"] if attempt.lines() else [], attempt.lines(), False


def trials(a):
    nodes = [f"n{i + 1}" for i in range(NODES)]
    kinds = {"stop": (stop_trial, [(rank, phase) for phase in a.phases for rank in range(RANKS)]),
             "cut": (cut_trial, [(node, phase) for phase in CUT_PHASES for node in nodes]),
             "fabric": (fabric_trial, [(node, phase) for phase in IN_STEPS for node in nodes]),
             "blink": (blink_trial, [(node, phase) for phase in CUT_PHASES for node in nodes])}
    return [(kind, run, *what) for kind, (run, all_of_it) in kinds.items() if kind in a.only for what in all_of_it]


def one_trial(place, limit, run, victim, phase):
    cluster = place.cluster
    for _ in range(TRIES):
        cluster.wait_until_idle(cluster.login(), cluster.settings()["nodes"])
        try:
            return run(place, limit, victim, phase)
        except Missed as missed:
            print(f"  again: {missed}", file=sys.stderr, flush=True)
    return None, [f"not caught in {phase} {TRIES} times"], [], False


def table(results):
    print(f"\n{'kind':8}{'phase':12}{'right':>8}{'phase named':>13}{'min s':>8}{'median':>8}{'max':>8}")
    groups = {}
    for r in results:
        groups.setdefault((r["kind"], r["phase"]), []).append(r)
        groups.setdefault((r["kind"], "all"), []).append(r)
    for (kind, phase), rows in groups.items():
        seconds = [r["seconds"] for r in rows if r["seconds"] is not None] or [float("nan")]
        named = sum(r["named"] for r in rows) if kind == "stop" else "-"
        print(f"{kind:8}{phase:12}{sum(not r['wrong'] for r in rows):5}/{len(rows):2}{named:>13}{min(seconds):8.2f}{statistics.median(seconds):8.2f}{max(seconds):8.2f}")


def main():
    parser = workplace.parser(__doc__)
    parser.add_argument("--limit", type=float, default=5)
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    a = parser.parse_args()
    results = []
    with workplace.workplace(a, NODES) as place:
        place.write(CONFIG, rows=ROWS, length=32, per_device_train_batch_size=1, precision="bf16", sharding={"strategy": "zero3"})
        workplace.write_tokens(place.dir / "held_out.jsonl", 600, 32, CONFIG["vocab_size"])
        for kind, run, victim, phase in trials(a):
            seconds, wrong, lines, named = one_trial(place, a.limit, run, victim, phase)
            results.append({"kind": kind, "victim": victim, "phase": phase, "seconds": seconds, "wrong": wrong, "named": named, "lines": lines})
            print(f"{kind} {victim} {phase}: {'right' if not wrong else '; '.join(wrong)}, {seconds and round(seconds, 2)} s\n  "
                  + "\n  ".join(lines), flush=True)
    table(results)
    workplace.keep(a, results)
    sys.exit(1 if any(r["wrong"] for r in results) else 0)


if __name__ == "__main__":
    main()
