"""`fullshard evaluate`: the numbers that training reports, from every source of weights, on any number of ranks."""

import json
import shutil

import harness
from harness import CONFIG, Case, random_tensors, run, token_rows, write_rows, write_safetensors


class Evaluate(Case):
    def evaluate(self, ranks, *arguments):
        ended = self.done(run(ranks, "evaluate", self.run_file, *arguments))
        last = json.loads(ended.out.splitlines()[-1])
        self.assertEqual(list(last), ["eval_loss", "eval_tokens"])
        return last

    def same(self, a, b, tolerance):
        self.assertEqual(a["eval_tokens"], b["eval_tokens"])
        self.assertAlmostEqual(a["eval_loss"] / b["eval_loss"], 1, delta=tolerance)

    def test_a_split_gives_what_training_saw(self):
        self.write_run(val_size=0.25, precision="fp64", per_device_eval_batch_size=1)  # so that several ranks have some
        self.done(self.train(2))
        trained = [r for r in self.log() if "eval_loss" in r][-1]
        # fp64 sums in another order: far below 1e-12. The export rounds to float32: 2^-24 relative in each weight.
        for ranks in (1, 2, 3):
            self.same(self.evaluate(ranks, "--model", self.out / "checkpoint-3"), trained, 1e-12)
            self.same(self.evaluate(ranks, "--model", self.out), trained, 1e-6)

    def test_the_best_checkpoint_is_kept(self):
        self.write_run(val_size=4, eval_steps=1, save_steps=1, save_total_limit=1, max_steps=8, learning_rate=0.05, lr_scheduler_type="constant")
        self.done(self.train(2))
        losses = {r["current_steps"]: r["eval_loss"] for r in self.log() if "eval_loss" in r}
        best = min(losses, key=losses.get)
        self.assertNotEqual(best, 8, f"the last is the best: {losses}")
        self.assertEqual(self.checkpoints(), sorted([f"checkpoint-{best}", "checkpoint-8"]))

    def test_a_file_of_its_own_and_the_untrained_model(self):
        write_rows(self.dir / "eval.jsonl", token_rows(5, seed=9))
        self.write_run(eval_dataset="eval.jsonl", precision="fp64")
        one = self.evaluate(1)
        self.same(self.evaluate(2), one, 1e-12)
        self.assertEqual(one["eval_tokens"], sum(len(r["labels"]) - 2 for r in token_rows(5, seed=9)))

    def test_precisions_other_than_the_checkpoints(self):
        self.write_run(val_size=4)
        self.done(self.train(2))
        exact = self.evaluate(2, "--model", self.out / "checkpoint-3")
        # bf16 keeps 8 bits: 2^-9 in each of some ten roundings on the way to the loss.
        self.same(self.evaluate(1, "--model", self.out / "checkpoint-3", "precision=bf16"), exact, 0.05)
        self.same(self.evaluate(1, "--model", self.out / "checkpoint-3", "precision=fp64"), exact, 1e-5)

    def test_it_writes_nothing(self):
        self.write_run(val_size=4)
        before = self.tree()
        self.evaluate(2)
        self.assertEqual(self.tree(), before)

    def test_nothing_to_evaluate_on(self):
        for ranks in (1, 2):
            self.refused(run(ranks, "evaluate", self.run_file), 2, "eval_dataset", "val_size")

    def test_random_weights(self):
        self.refused(run(2, "evaluate", self.run_file, "init=random", "val_size=4"), 2, "init", "--model")

    def test_a_damaged_checkpoint(self):
        self.write_run(val_size=4)
        self.done(self.train(1))
        damaged = self.dir / "damaged"
        shutil.copytree(self.out / "checkpoint-3", damaged)
        manifest = json.loads((damaged / "manifest.json").read_text())
        harness.flip_byte(damaged / "state.h5", manifest["tensors"][5]["extents"][0]["offset"])
        for ranks in (1, 2):
            self.refused(run(ranks, "evaluate", self.run_file, "--model", damaged), 3, damaged,
                         manifest["tensors"][5]["name"])

    def test_a_model_with_a_tensor_too_many(self):
        self.write_run(val_size=4)
        tensors = random_tensors(CONFIG)
        tensors["model.layers.7.mlp.up_proj.weight"] = tensors["model.layers.1.mlp.up_proj.weight"]
        write_safetensors(self.model / "model.safetensors", tensors)
        for ranks in (1, 2):
            self.refused(run(ranks, "evaluate", self.run_file), 3, self.model, "model.layers.7.mlp.up_proj.weight")

    def test_weights_that_are_not_finite(self):
        self.write_run(val_size=4)
        harness.poison(self.model)
        for ranks in (1, 2):
            self.refused(run(ranks, "evaluate", self.run_file), 6, "not finite")


if __name__ == "__main__":
    harness.main()
