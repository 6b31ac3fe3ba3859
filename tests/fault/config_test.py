"""What a run file or a command line gets wrong is refused with 2, all of it at once, and nothing is written."""

import harness
from harness import Case


class BadRunFile(Case):
    def test_an_unknown_key_is_answered_with_the_nearest_one(self):
        self.write_run(learning_rat=1e-4)
        self.refused_on_all(2, "learning_rat (line ", "did you mean learning_rate?")

    def test_every_problem_is_reported_at_once(self):
        self.write_run(learning_rate="fast", sede=3, val_size=0.1, eval_dataset="data.jsonl")
        self.refused_on_all(2, "learning_rate", "sede", "contradicts eval_dataset")

    def test_a_global_batch_that_does_not_divide(self):
        self.write_run(global_batch_size=5)
        self.refused_on_all(2, "global_batch_size (line ", "multiple of per_device_train_batch_size")

    def test_batch_sizes_that_contradict(self):
        self.write_run(global_batch_size=64, gradient_accumulation_steps=3)
        self.refused_on_all(2, "global_batch_size", "found 64")

    def test_other_finetuning_than_full_is_refused_with_a_reason(self):
        self.write_run(finetuning_type="lora")
        self.refused_on_all(2, "finetuning_type")

    def test_a_run_file_that_is_no_json(self):
        self.run_file.write_text('{\n  "model_name_or_path": "model",\n  "dataset" "data.jsonl"\n}')
        self.refused_on_all(2, "run.json", "line 3")

    def test_a_run_file_that_is_not_there(self):
        self.run_file.unlink()
        self.refused_on_all(2, "run.json")

    def test_a_model_and_data_that_are_not_there(self):
        self.refused_on_all(2, "model_name_or_path", "dataset", "no-data.jsonl",
                            overrides=["model_name_or_path=no-model", "dataset=no-data.jsonl"])

    def test_a_validation_split_that_leaves_nothing(self):
        self.refused_on_all(2, "val_size", overrides=["val_size=24"])


class BadOutputDirectory(Case):
    def test_below_a_file(self):
        self.refused_on_all(2, "output_dir", "data.jsonl", overrides=["output_dir=" + str(self.data / "out")])

    def test_a_file(self):
        self.refused_on_all(2, "output_dir", "data.jsonl", overrides=["output_dir=" + str(self.data)])

    def test_where_nobody_may_write(self):
        self.refused_on_all(2, "output_dir", "/proc/fullshard", overrides=["output_dir=/proc/fullshard"])

    def test_somebody_elses_files(self):
        self.out.mkdir()
        (self.out / "thesis.tex").write_text("precious")
        self.refused_on_all(2, "output_dir", "holds no run of ours", "overwrite_output_dir")

    def test_another_run(self):
        self.done(self.train(1, "max_steps=1"))
        for change, word in {"seed=1": "seed", "cutoff_len=16": "data", "per_device_train_batch_size=1":
                             "per_device_train_batch_size 1 instead of 2", "global_batch_size=8": "global batch of 8"}.items():
            with self.subTest(change=change):
                ended = self.refused(self.train(2, change), 2, "output_dir", word, "overwrite_output_dir")
                self.assertEqual(self.checkpoints(), ["checkpoint-1"], str(ended))

    def test_another_run_is_discarded_when_asked(self):
        self.done(self.train(1, "max_steps=2"))
        ended = self.done(self.train(2, "seed=1", "max_steps=1", "overwrite_output_dir=true"))
        self.assertIn("discarded another run", ended.out)
        self.assertEqual(self.checkpoints(), ["checkpoint-1"])
        self.assertEqual(self.logged_steps(), [1])


if __name__ == "__main__":
    harness.main()
