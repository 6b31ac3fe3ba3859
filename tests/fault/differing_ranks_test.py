"""Ranks that find other files than rank 0 did, as copies on the nodes' own disks may be: refused before anything is written."""

import shutil

import harness
from harness import Case, run_line, token_rows, write_rows


class DifferingRanks(Case):
    def setUp(self):
        super().setUp()
        self.places = [self.dir / f"rank{rank}" for rank in (0, 1)]
        for place in self.places:
            (place / "data").mkdir(parents=True)
            for i in range(2):
                write_rows(place / "data" / f"{i}.jsonl", token_rows(5, seed=i))
        # The same path on all ranks, and another directory behind it.
        self.write_run(dataset="/proc/self/cwd/data")

    def apart(self, command, run_file, *overrides):
        """Each rank in a place of its own."""
        script = 'cd "$1/rank$OMPI_COMM_WORLD_RANK" && shift && exec "$@"'
        return run_line([harness.LAUNCHER, "-n", "2", "sh", "-c", script, "sh", str(self.dir), harness.PROGRAM, command, str(run_file), *overrides])

    def refused_apart(self, code, *words, run_file=None, overrides=(), commands=("prepare", "train")):
        for command in commands:
            with self.subTest(command=command):
                before = self.tree()
                self.refused(self.apart(command, run_file or self.run_file, *overrides), code, *words)
                self.assertEqual(self.tree(), before)
                self.assertFalse((self.dir / "tokenized").exists())

    def test_what_is_the_same_is_taken_wherever_it_lies(self):
        self.done(self.apart("prepare", self.run_file))

    def test_a_run_file_with_another_number_of_data_sets(self):
        write_rows(self.dir / "more.jsonl", token_rows(4))
        for place, names in zip(self.places, (["data.jsonl", "more.jsonl"], ["data.jsonl"])):
            shutil.copy(self.write_run(dataset=[str(self.dir / n) for n in names], model_name_or_path=str(self.model), output_dir=str(self.out),
                                       tokenized_path=str(self.dir / "tokenized")), place)
        self.refused_apart(2, "run.json: expected the same on all ranks", "dataset: ", "more.jsonl", run_file="run.json", commands=("prepare", "train", "evaluate", "inspect"))

    def test_a_run_file_with_another_value(self):
        for place, length in zip(self.places, (32, 16)):
            shutil.copy(self.write_run(cutoff_len=length, dataset=str(self.data), model_name_or_path=str(self.model), output_dir=str(self.out),
                                       tokenized_path=str(self.dir / "tokenized")), place)
        self.refused_apart(2, "cutoff_len: 16", "cutoff_len: 32", run_file="run.json")

    def test_a_directory_with_another_number_of_files(self):
        (self.places[1] / "data" / "1.jsonl").unlink()
        self.refused_apart(3, "/proc/self/cwd/data: expected the same on all ranks, found 1.jsonl of ", "and num_samples 0 on rank 1")

    def test_a_file_of_another_size(self):
        write_rows(self.places[1] / "data" / "1.jsonl", token_rows(6, seed=1))
        self.refused_apart(3, "/proc/self/cwd/data: expected the same on all ranks, found 1.jsonl of ", " bytes on rank 0", " bytes on rank 1")

    def test_a_directory_for_stores_that_ranks_do_not_share(self):
        for place in self.places:
            (place / "stores").mkdir()
        self.refused_apart(7, "/proc/self/cwd/stores", "which all of them see", overrides=["tokenized_path=/proc/self/cwd/stores"])
        self.assertEqual([list((place / "stores").iterdir()) for place in self.places], [[], []])


if __name__ == "__main__":
    harness.main()
