"""One rank that gets no memory ends all of them: by agreement where ranks agree, inside a step by force."""

import json

import harness
from harness import CONFIG, Case, command, run_line, write_rows

# 17 billion parameters: the slices of a rank are address space that a rank without a limit is given and never touches.
HUGE = {**CONFIG, "hidden_size": 4096, "intermediate_size": 16384, "num_hidden_layers": 64}
LIMIT_KIB = 16 << 20  # of address space; libraries and data need a tenth of it

# Each of two blocks keeps 1.5 GiB for 16,384 tokens; libraries and weights need less than half of the limit.
WIDE = {**CONFIG, "intermediate_size": 8192}
STEP_LIMIT_KIB = 5 << 19


class OneRankWithoutMemory(Case):
    def setUp(self):
        super().setUp()
        (self.model / "config.json").write_text(json.dumps(HUGE))
        self.write_run(init="random")

    def ended(self, limited, kib=LIMIT_KIB):
        """Two ranks, of which one has a limit."""
        lines = []
        for rank in range(2):
            limit = ["sh", "-c", f'ulimit -v {kib} && exec "$@"', "limited"] if rank == limited else []
            lines.append(["-n", "1", *limit, *command(1, "train", self.run_file)])
        return run_line([harness.LAUNCHER, *lines[0], ":", *lines[1]])

    def test_while_the_slices_are_allocated(self):
        for limited in (0, 1):
            with self.subTest(limited=limited):
                self.refused(self.ended(limited), 4, "out of memory; use more ranks")

    def test_inside_a_step(self):
        (self.model / "config.json").write_text(json.dumps(WIDE))
        ids = [3 + i for i in range(64)]
        write_rows(self.data, 512 * [{"input_ids": ids, "labels": ids}])
        self.write_run(init="random", cutoff_len=64, per_device_train_batch_size=256, global_batch_size=512)

        ended = self.ended(1, STEP_LIMIT_KIB)

        self.assertEqual(ended.code, 4, str(ended))
        self.assertEqual(len(ended.errors), 1, str(ended))
        self.assertIn("rank 1: out of memory; use more ranks", ended.errors[0])
        self.assertEqual(self.checkpoints(), [])
        self.assertFalse((self.out / "model.safetensors").exists())


if __name__ == "__main__":
    harness.main()
