"""Properties of whole runs: what the number of ranks, the strategy, recomputation and a stop must not change."""

import re

import harness
from harness import CONFIG, Case, digests, random_tensors, read_safetensors, stored_values, token_rows, write_model, write_rows

# 13 rows in batches of 4: the last update of an epoch has one row, so ranks are without rows, too.
PROOF = dict(precision="fp64", max_steps=9, global_batch_size=4, per_device_train_batch_size=1)


class Equivalence(Case):
    def setUp(self):
        super().setUp()
        write_rows(self.data, token_rows(13))

    def curve(self, ranks, name, *overrides):
        out = self.dir / name
        self.done(self.train(ranks, f"output_dir={out}", *overrides))
        return self.losses(out), [r["grad_norm"] for r in self.log(out) if "loss" in r], out

    def assert_close(self, a, b, tolerance=1e-12):
        self.assertEqual(len(a), len(b))
        for x, y in zip(a, b):
            self.assertLessEqual(abs(x - y), tolerance * max(abs(x), abs(y)), f"{x} {y}")

    def test_ddp_and_zero3_on_1_to_4_ranks_give_one_curve(self):
        self.write_run(**PROOF)
        losses, norms, _ = self.curve(1, "one", "sharding.strategy=ddp")
        self.assertLess(losses[-1], losses[0])
        for strategy in ("ddp", "zero3"):
            for ranks in (1, 2, 3, 4):
                if (strategy, ranks) == ("ddp", 1):
                    continue
                with self.subTest(strategy=strategy, ranks=ranks):
                    l, n, _ = self.curve(ranks, f"{strategy}{ranks}", f"sharding.strategy={strategy}")
                    self.assert_close(l, losses)
                    self.assert_close(n, norms)

    def test_micro_batches_of_another_size_give_the_same_curve(self):
        self.write_run(**PROOF)
        losses, _, _ = self.curve(1, "one")
        self.assert_close(self.curve(2, "two", "per_device_train_batch_size=2")[0], losses)
        self.assert_close(self.curve(1, "four", "per_device_train_batch_size=4")[0], losses)

    def test_recomputation_changes_no_bit(self):
        for precision in ("fp32", "bf16"):
            with self.subTest(precision=precision):
                self.write_run(**{**PROOF, "precision": precision, "save_steps": 9})
                self.curve(2, f"none-{precision}")
                self.curve(2, f"full-{precision}", "gradient_checkpointing=true")
                self.assertEqual(digests(self.dir / f"none-{precision}" / "checkpoint-9"),
                                 digests(self.dir / f"full-{precision}" / "checkpoint-9"))

    def test_a_tied_model_gives_one_curve_too(self):
        write_model(self.model, {**CONFIG, "tie_word_embeddings": True})
        self.write_run(**PROOF)
        losses, _, _ = self.curve(1, "one")
        for ranks in (2, 3):
            self.assert_close(self.curve(ranks, f"n{ranks}")[0], losses)


class Export(Case):
    def test_no_step_exports_what_was_imported(self):
        self.write_run(max_steps=None, num_train_epochs=0)
        for ranks in (1, 2):
            for precision in ("fp32", "fp64", "bf16"):
                with self.subTest(ranks=ranks, precision=precision):
                    out = self.dir / f"{precision}{ranks}"
                    self.done(self.train(ranks, f"precision={precision}", f"output_dir={out}"))
                    self.assertEqual(read_safetensors(out / "model.safetensors"), random_tensors(CONFIG))
                    self.assertEqual((out / "config.json").read_text(), (self.model / "config.json").read_text())

    def test_an_export_that_rounds_the_updates_away_is_announced(self):
        self.write_run(max_steps=1)
        for precision, exported, said in (("fp32", "bfloat16", True), ("fp32", "float16", True), ("fp32", "float32", False), ("bf16", "bfloat16", False)):
            with self.subTest(precision=precision, exported=exported):
                out = self.dir / f"{precision}-{exported}"
                text = self.done(self.train(1, f"precision={precision}", f"export.dtype={exported}", f"output_dir={out}")).out
                self.assertEqual("rounds small updates away" in text, said, text)

    def test_load_save_and_export_say_their_bytes_and_seconds(self):
        model = sum(len(data) for _, _, data in random_tensors(CONFIG).values())
        self.write_run(save_steps=2)
        first = self.done(self.train(2, "max_steps=2")).out
        self.assert_transfer(first, f"loaded {self.model}", model)
        self.assert_transfer(first, f"saved {self.out / 'checkpoint-2'}", 3 * model)  # weights and two moments
        self.assert_transfer(first, f"exported {self.out}", model)

        again = self.done(self.train(2)).out
        self.assert_transfer(again, f"checked and loaded {self.out / 'checkpoint-2'}", 3 * model)

        consolidated = self.done(harness.run(1, "consolidate", self.out / "checkpoint-2", self.dir / "c")).out
        self.assert_transfer(consolidated, f"wrote {self.dir / 'c'}", model)

    def assert_transfer(self, text, what, size):
        line = re.search(rf"^{re.escape(what)}: ([0-9.]+) KiB in [0-9.]+ s, [0-9.]+ [KMG]iB/s$", text, re.M)
        self.assertIsNotNone(line, text)
        self.assertEqual(line[1], f"{size / 1024:.2f}")

    def test_a_tied_model_in_shards(self):
        config = {**CONFIG, "tie_word_embeddings": True}
        write_model(self.model, config)
        self.write_run(max_steps=None, num_train_epochs=0, export={"max_shard_size": 6000})
        self.done(self.train(2))
        shards = sorted(self.out.glob("model-*-of-*.safetensors"))
        self.assertGreater(len(shards), 1)
        exported = {k: v for shard in shards for k, v in read_safetensors(shard).items()}
        self.assertEqual(exported, random_tensors(config))


if __name__ == "__main__":
    harness.main()
