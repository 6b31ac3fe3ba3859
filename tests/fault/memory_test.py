"""One rank that gets no memory ends all of them, by agreement."""

import json

import harness
from harness import CONFIG, Case, command, run_line

# 17 billion parameters: the slices of a rank are address space that a rank without a limit is given and never touches.
HUGE = {**CONFIG, "hidden_size": 4096, "intermediate_size": 16384, "num_hidden_layers": 64}
LIMIT_KIB = 16 << 20  # of address space; libraries and data need a tenth of it


class OneRankWithoutMemory(Case):
    def setUp(self):
        super().setUp()
        (self.model / "config.json").write_text(json.dumps(HUGE))
        self.write_run(init="random")

    def ended(self, limited):
        """Two ranks, of which one has a limit."""
        lines = []
        for rank in range(2):
            limit = ["sh", "-c", f'ulimit -v {LIMIT_KIB} && exec "$@"', "limited"] if rank == limited else []
            lines.append(["-n", "1", *limit, *command(1, "train", self.run_file)])
        return run_line([harness.LAUNCHER, *lines[0], ":", *lines[1]])

    def test_while_the_slices_are_allocated(self):
        for limited in (0, 1):
            with self.subTest(limited=limited):
                self.refused(self.ended(limited), 4, "out of memory; use more ranks")


if __name__ == "__main__":
    harness.main()
