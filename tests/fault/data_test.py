"""Data that cannot be trained on is refused with 3, naming file and line, and nothing is written."""

import json

import harness
from harness import Case, token_rows, write_rows


class BadData(Case):
    def refuse_line(self, line, *words):
        rows = [json.dumps(row) for row in token_rows(4)]
        rows[2] = line if isinstance(line, str) else json.dumps(line)
        self.data.write_text("\n".join(rows) + "\n")
        self.refused_on_all(3, f"{self.data}:3: ", *words)

    def test_a_broken_json_line(self):
        self.refuse_line('{"input_ids": [3, 4, 5], "labels": [3, 4')

    def test_a_line_that_is_no_object(self):
        self.refuse_line("[3, 4, 5]")

    def test_a_sample_without_a_trained_token(self):
        self.refuse_line({"input_ids": [3, 4, 5], "labels": [-100, -100, -100]}, "no token of this sample is trained")

    def test_a_sample_that_the_cut_leaves_without_a_trained_token(self):
        self.refuse_line({"input_ids": [3] * 40, "labels": [-100] * 39 + [3]}, "cutoff_len")

    def test_a_token_beyond_the_vocabulary(self):
        self.refuse_line({"input_ids": [3, 96, 5], "labels": [3, 4, 5]}, "96", "0 to 95")

    def test_a_negative_token(self):
        self.refuse_line({"input_ids": [3, -1, 5], "labels": [3, 4, 5]}, "-1")

    def test_a_label_beyond_the_vocabulary(self):
        self.refuse_line({"input_ids": [3, 4, 5], "labels": [3, 4, 96]}, "label 96")

    def test_a_token_beyond_every_integer(self):
        self.refuse_line('{"input_ids": [3, 18446744073709551616, 5], "labels": [3, 4, 5]}')

    def test_labels_of_another_length(self):
        self.refuse_line({"input_ids": [3, 4, 5], "labels": [3, 4]}, "found 2 and 3")

    def test_an_empty_data_set(self):
        for content in ("", "\n \n", "[]"):
            with self.subTest(content=content):
                self.data.write_text(content)
                self.refused_on_all(3, self.data)

    def test_copies_of_which_a_part_validates(self):
        write_rows(self.data, token_rows(8))
        copy = self.dir / "copy.jsonl"
        copy.write_bytes(self.data.read_bytes())
        self.refused_on_all(2, "val_size", "are the same data", "epochs", overrides=[f'dataset=["{self.data}","{copy}"]', "val_size=2"])
        copy.write_text("".join(json.dumps(dict(reversed(row.items()))) + "\n" for row in token_rows(8)))  # other bytes, other store
        self.refused_on_all(2, "val_size", "are the same data", overrides=[f'dataset=["{self.data}","{copy}"]', "val_size=2"])

    def test_pairs_without_a_tokenizer(self):
        self.data.write_text('{"prompt": "a", "response": "b"}\n')
        self.refused_on_all(3, f"{self.data}:1", "tokenizer.json")

    def test_validation_data_is_checked_like_training_data(self):
        bad = write_rows(self.dir / "eval.jsonl", [{"input_ids": [3, 4, 99], "labels": [3, 4, 5]}])
        self.refused_on_all(3, f"{bad}:1: ", overrides=[f"eval_dataset={bad}"])


if __name__ == "__main__":
    harness.main()
