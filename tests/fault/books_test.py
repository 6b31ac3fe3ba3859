"""The union of the ranks' samples is the data set: what each epoch trained, by the running hash in the log."""

import re

import harness
from harness import Case, epochs, token_rows, write_rows


class Books(Case):
    def setUp(self):
        super().setUp()
        self.rows = token_rows(61)
        write_rows(self.data, self.rows)

    def keys(self, **changes):
        return dict(max_steps=None, num_train_epochs=3, global_batch_size=4, per_device_train_batch_size=1,
                    save_strategy="no", **changes)

    def test_every_number_of_ranks_trains_the_whole_data_set_in_every_epoch(self):
        whole = (61, sum(len(r["input_ids"]) for r in self.rows), sum(len(r["input_ids"]) - 2 for r in self.rows))
        hashes = set()
        for packing in (False, True):
            self.write_run(**self.keys(packing=packing))
            for ranks in range(1, 9):
                with self.subTest(ranks=ranks, packing=packing):
                    text = self.done(self.train(ranks, f"output_dir={self.dir / f'out{ranks}{packing}'}")).out
                    found = epochs(text)
                    self.assertEqual(sorted(found), [1, 2, 3], text)
                    for epoch in found.values():
                        self.assertEqual(epoch[:3], whole)
                        hashes.add(epoch[3])
        self.assertEqual(len(hashes), 1, "the content does not depend on ranks, epoch or packing")

    def test_an_epoch_that_three_numbers_of_ranks_shared_is_whole(self):
        self.write_run(**{**self.keys(packing=True), "save_strategy": "steps", "save_steps": 3})
        whole = epochs(self.done(self.train(2, f"output_dir={self.dir / 'never_stopped'}")).out)
        total = max(r["total_steps"] for r in self.log(self.dir / "never_stopped"))
        found = {}
        for ranks, steps in ((4, 2), (1, 5), (3, total)):
            found.update(epochs(self.done(self.train(ranks, f"max_steps={steps}")).out))
        self.assertEqual(found, whole)

    def test_other_rows_are_another_hash(self):
        self.write_run(**self.keys())
        before = epochs(self.done(self.train(1)).out)
        self.rows[5]["labels"][3] = -100
        write_rows(self.data, self.rows)
        after = epochs(self.done(self.train(1, f"output_dir={self.dir / 'other'}")).out)
        self.assertNotEqual(before[1][3], after[1][3])

    def test_shares_of_data_sets_are_exact_and_a_source_is_whole_before_it_repeats(self):
        more = write_rows(self.dir / "more.jsonl", token_rows(20, seed=3))
        self.write_run(**self.keys(dataset=["data.jsonl", more.name], mix_strategy="interleave_under", interleave_probs=[2, 1]))
        text = self.done(self.train(2)).out
        self.assertEqual([e[0] for e in epochs(text).values()], [60, 60, 60], text)
        for source, samples in (("data.jsonl", 40), ("more.jsonl", 20)):
            self.assertEqual(len(re.findall(rf"  {source}: {samples} samples", text)), 3, text)
        second = re.findall(r"  more.jsonl: .* hash ([0-9a-f]{32})", text)
        self.assertEqual(len(set(second)), 1, "20 of 20 are the same in every epoch")


if __name__ == "__main__":
    harness.main()
