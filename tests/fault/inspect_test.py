"""What `fullshard inspect` shows of data, to whom, and what it says of paths that it cannot look into."""

import json
import os
import signal
import subprocess

import harness
from harness import Case, command, flip_byte, run, token_rows, write_rows


class Inspect(Case):
    def setUp(self):
        super().setUp()
        self.done(run(1, "prepare", self.run_file))
        (self.store,) = (self.dir / "tokenized").iterdir()

    def inspect(self, *arguments, ranks=1):
        return run(ranks, "inspect", *arguments)

    def shell(self, arguments, rest):
        """Exit codes of the program and of what its output goes to."""
        line = f"{' '.join(command(1, 'inspect', *arguments))} {rest}; echo ${{PIPESTATUS[@]}}"
        return subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=harness.TIMEOUT).stdout.splitlines()

    def test_two_ranks_say_what_one_says(self):
        for arguments in ([self.run_file], [self.run_file, "--jsonl"], [self.store], [self.store, "--jsonl"], [self.model]):
            with self.subTest(arguments=arguments):
                alone = self.done(self.inspect(*arguments)).out
                self.assertEqual(self.done(self.inspect(*arguments, ranks=2)).out, alone)

    def test_two_ranks_make_a_missing_store_together(self):
        self.store.unlink()
        out = self.done(self.inspect(self.run_file, "--jsonl", ranks=2)).out
        self.assertEqual([json.loads(line)["input_ids"] for line in out.splitlines()], [row["input_ids"] for row in token_rows(24)])

    def test_what_validates_is_told_apart(self):
        out = self.done(self.inspect(self.run_file, "--jsonl", f"eval_dataset={self.data}")).out
        self.assertEqual([json.loads(line)["source"] for line in out.splitlines()], ["data.jsonl"] * 24 + [f"{self.data} (validation)"] * 24)

    def test_two_ranks_refuse_with_one_message(self):
        flip_byte(self.store, 4100)
        self.refused(self.inspect(self.store, ranks=2), 3, self.store, "sample 0 is not what was written")
        self.refused(self.inspect(self.run_file, "dataset=missing.jsonl", ranks=2), 2, "missing.jsonl")
        write_rows(self.data, [{"input_ids": [3, 4], "labels": [3]}])
        self.refused(self.inspect(self.run_file, ranks=2), 3, f"{self.data}:1: ", "as many labels as input_ids")

    def test_a_store_is_known_by_what_it_begins_with(self):
        other = self.dir / "copy"
        other.write_bytes(self.store.read_bytes())
        self.assertIn("24 samples", self.done(self.inspect(other)).out)

    def test_what_is_no_whole_store_is_refused(self):
        whole = self.store.read_bytes()
        damages = {"empty": (b"", "expected 4096 bytes or more, found 0"), "another file": (b"{}" * 4000, "does not begin as one"),
                   "cut in its header": (whole[:100], "found 100"), "cut in its words": (whole[:4200], f"expected {len(whole)} bytes, found 4200"),
                   "longer": (whole + b"x", f"found {len(whole) + 1}"), "header": (whole[:40] + b"\x07" + whole[41:], "header is not what was written")}
        for name, (data, words) in damages.items():
            for options in ([], ["--jsonl"]):
                with self.subTest(damage=name, options=options):
                    self.store.write_bytes(data)
                    ended = self.refused(self.inspect(self.store, *options), 3, self.store, words)
                    self.assertEqual(ended.out, "")
                    # What does not begin as a store may be anybody's.
                    self.assertEqual("remove it, and it is made anew" in ended.err, name != "another file")

    def test_a_path_that_is_none_of_these_is_refused(self):
        empty = self.dir / "empty"
        empty.mkdir()
        self.refused(self.inspect(self.dir / "missing"), 3, "expected a model, checkpoint, run file or token store, found nothing there")
        self.refused(self.inspect(empty), 3, empty, "expected model.safetensors")
        self.refused(self.inspect(self.dir / "tokenized"), 3, "expected model.safetensors")
        self.refused(self.inspect(self.data), 2, self.data)
        self.refused(self.inspect(self.model / "config.json"), 2, "no such key")

    def test_data_that_is_missing_is_said(self):
        self.refused(self.inspect(self.run_file, "dataset=missing.jsonl"), 2, "dataset", "expected a file, found none at", "missing.jsonl")
        self.refused(self.inspect(self.run_file, "model_name_or_path=nowhere"), 2, "model_name_or_path", "nowhere")
        (self.dir / "empty").mkdir()
        self.refused(self.inspect(self.run_file, f"dataset={self.dir}/empty"), 3, "is a directory without a file")

    def test_options_of_another_kind_of_path_are_refused(self):
        for arguments, words in ((["--jsonl", self.model], "--jsonl is for data"), (["--examples", "2", self.model], "--examples is for data"),
                                 (["--digest", self.run_file], "--digest is for a model or checkpoint"), ([self.store, "cutoff_len=9"], "is for a run file"),
                                 (["--model", self.model, self.run_file], "--model is for a token store"), (["--examples", "-1", self.run_file], "--examples")):
            with self.subTest(arguments=arguments):
                self.refused(self.inspect(*arguments), 2, words)
        self.refused(self.inspect("--jsonl", "--model", self.model, self.store), 2, "--model is for examples, and --jsonl shows ids")
        self.refused(self.inspect("--model", self.dir / "nowhere", self.store), 3, "nowhere", "tokenizer.json")

    def test_a_reader_that_leaves_ends_it_by_sigpipe(self):
        write_rows(self.data, token_rows(3000))  # more than a pipe holds
        self.done(run(1, "prepare", self.run_file))
        out = self.shell([self.run_file, "--jsonl"], "| head -1")
        self.assertEqual(json.loads(out[0])["index"], 0)
        self.assertEqual(out[1:], [f"{128 + signal.SIGPIPE} 0"])

    def test_a_full_disk_is_said(self):
        for arguments in ([self.run_file], [self.run_file, "--jsonl"], [self.store], [self.model]):
            with self.subTest(arguments=arguments):
                said, code = self.shell(arguments, "> /dev/full")
                self.assertIn("fullshard: error: standard output: not all of it could be written", said)
                self.assertEqual(code, "7")

    def test_colours_are_for_terminals_unless_asked_for(self):
        shown = {}
        for name, variables in {"pipe": {}, "forced": {"CLICOLOR_FORCE": "1"}, "also forced": {"FORCE_COLOR": "1"}, "not forced": {"CLICOLOR_FORCE": "0"},
                                "refused": {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}}.items():
            environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR")} | variables
            shown[name] = subprocess.run(command(1, "inspect", self.store), stdout=subprocess.PIPE, env=environment, timeout=harness.TIMEOUT).stdout.decode()
        self.assertEqual({name: ("\033[32m" in out, "⟦" in out) for name, out in shown.items()},
                         {"pipe": (False, True), "forced": (True, False), "also forced": (True, False), "not forced": (False, True), "refused": (False, True)})


if __name__ == "__main__":
    harness.main()
