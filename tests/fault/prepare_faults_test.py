"""Every fault of a row: an error with file, line and remedy, or dropped and counted under its name."""

import json

import harness
import tiny_chat
from harness import CONFIG, Case, run, write_model, write_rows

# A template that can go wrong in every way: a message says by its `style` in which.
TEMPLATE = """
{%- if messages[0].style == 'counted' %}{{ messages | length }}{% endif %}
{%- for m in messages %}
  {%- if m.style == 'refused' %}{{ raise_exception('this template knows no ' + m.content) }}{% endif %}
  {%- if m.role != 'assistant' %}{{ m.role + ':' + m.content + '</s>' }}
  {%- elif m.style == 'filtered' %}a:{% filter upper %}{% generation %}{{ m.content + '</s>' }}{% endgeneration %}{% endfilter %}
  {%- elif m.style == 'end outside' %}a:{% generation %}{{ m.content }}{% endgeneration %}</s>
  {%- elif m.style == 'no end' %}a:{% generation %}{{ m.content }}{% endgeneration %}
  {%- else %}a:{% generation %}{{ m.content + '</s>' }}{% endgeneration %}
  {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}a:{% endif %}"""
CUTOFF = 120


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def row(*messages):
    return json.dumps({"messages": messages})


def ask(question="why?", **more):
    return message("user", question, **more)


def answer(content="so", **more):
    return message("assistant", content, **more)


def ready(ids, labels):
    return json.dumps({"input_ids": ids, "labels": labels})


GOOD = [row(ask("how?"), answer("thus")), row(message("system", "be kind"), ask(), answer("no"), ask("oh?"), answer("yes")),
        row(ask(), answer("because", weight=1), ask("really?"), answer("no comment", weight=0)), row(ask("1+1?"), answer("2")),
        ready([65, 66, 257], [-100, 66, 257])]

# Fault: rows with it, and for each words of the message that say what is wrong or what to do.
BAD = {
    "row": [("no json", "expected"), ("[1]", "expected an object with named columns, found a list"),
            (json.dumps({"question": "why?"}), "name yours in columns"), (json.dumps({"messages": 7}), "messages: expected a list"),
            (row(ask(), {"role": "assistant"}), 'message 2: expected "content" or tool_calls'),
            (row(ask(), answer(weight=0.5)), "weight: expected 0 or 1"),
            (row(ask([{"type": "image_url", "image_url": "x.png"}]), answer()), "only text is trained on"),
            (json.dumps({"input_ids": [65, 66], "labels": [66]}), "expected as many labels as input_ids")],
    "roles": [(row(ask(), ask(), answer()), "message 2: expected assistant"), (row(answer(), ask(), answer()), "prompts and answers take turns"),
              (row(ask(), answer(), ask()), 'the conversation ends with "user"'), (row(ask(), message("narrator", "and so on")), 'found "narrator"'),
              (row(message("system", "be kind")), "without a message to answer")],
    "template": [(row(ask("Latin", style="refused"), answer()), "this template knows no Latin")],
    "prompt": [(row(ask(style="counted"), answer(weight=0), ask(weight=1), answer()), "message 4 (assistant): the template's prompt for it is not how it then begins")],
    "generation": [(row(ask(), answer(style="filtered")), "went through a variable or a filter")],
    "nothing_trained": [(row(ask(), answer(weight=0)), "no token of it is trained"), (ready([65, 66], [-100, -100]), "needs a response")],
    "end_masked": [(row(ask(), answer("open", style="end outside")), 'the turn ending in "open" is trained, the token "</s>" behind it is not')],
    "no_end": [(row(ask(), answer("endless", style="no end")), "eos_token")],
    "token": [(row(ask(), answer("<far>")), "token id 258: the model's vocabulary has 0 to 257"), (ready([65, -1, 66], [-100, -1, 66]), "token id -1"),
              (ready([65, 66], [-100, 67]), "labels are not shifted"), (ready([65, 66.5], [-100, 66]), "is not a 32-bit integer")],
}
LONG = row(ask(), answer("x" * 130))
LATE = row(ask("w" * 130), answer())  # what cutoff_len leaves of it has nothing to train


class PrepareFaults(Case):
    def setUp(self):
        super().setUp()
        self.model = write_model(self.dir / "model", dict(CONFIG, vocab_size=tiny_chat.VOCAB_SIZE))
        tiny_chat.write_tokenizer(self.model)
        self.write_run(chat_template=TEMPLATE, cutoff_len=CUTOFF)

    def write(self, lines):
        self.data.write_text("".join(line + "\n" for line in lines))

    def prepare(self, ranks=1, *overrides):
        return run(ranks, "prepare", self.run_file, "--json", *overrides)

    def ledger(self, ranks=1, *overrides):
        return json.loads(self.done(self.prepare(ranks, *overrides)).out.splitlines()[-1])["data.jsonl"]

    def tokens(self, *overrides):
        """Ids and labels of all samples in their order."""
        out = self.done(run(1, "inspect", self.run_file, "--jsonl", *overrides)).out
        return [{k: v for k, v in json.loads(line).items() if k != "index"} for line in out.splitlines()]

    def mixed(self):
        """Good rows among the bad ones, and the count of each fault."""
        bad = [line for rows in BAD.values() for line, _ in rows]
        lines = []
        for i, good in enumerate(GOOD):
            lines += [good] + bad[i::len(GOOD)]
        return lines, {fault: len(rows) for fault, rows in BAD.items()}

    def test_the_good_rows_are_what_the_template_makes_of_them(self):
        self.write(GOOD[:1])
        asked, said = tiny_chat.encoded("user:how?</s>a:"), tiny_chat.encoded("thus</s>")
        self.assertEqual(self.tokens(), [{"source": "data.jsonl", "input_ids": asked + said, "labels": [-100] * len(asked) + said}])

    def test_dropped_rows_are_counted_by_name_and_change_nothing_else(self):
        lines, expected = self.mixed()
        lines += [LONG, LATE]
        self.write(lines)
        drop = ("bad_samples=drop", "too_long=drop")
        expected["too_long"] = 2
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                ledger = self.ledger(ranks, *drop)
                self.assertEqual({name: n for name, n in ledger.items() if name.startswith("dropped_")}, {f"dropped_{name}": n for name, n in expected.items()})
                self.assertEqual((ledger["documents"], ledger["used"]), (len(lines), len(GOOD)))
                self.assertEqual(ledger["documents"], ledger["used"] + sum(expected.values()))
                self.assertEqual((ledger["truncated_samples"], ledger["truncated_tokens"]), (0, 0))
                for store in (self.dir / "tokenized").iterdir():
                    store.unlink()
        found = self.tokens(*drop)
        self.write(GOOD)
        self.assertEqual(found, self.tokens())
        self.assertEqual(ledger["tokens"], sum(len(sample["input_ids"]) for sample in found))

    def test_each_fault_names_file_line_and_remedy(self):
        for fault, rows in BAD.items():
            for line, words in rows:
                with self.subTest(fault=fault, row=line):
                    self.write(GOOD[:2] + [line, "no json either"])
                    self.refused(self.prepare(), 3, f"{self.data}:3: ", words, f"bad_samples: drop leaves such rows out and counts them ({fault})")
                    self.assertFalse((self.dir / "tokenized").exists())

    def test_the_first_bad_row_is_named_whoever_reads_it(self):
        lines, _ = self.mixed()
        self.write(GOOD + lines)
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                self.refused(self.prepare(ranks), 3, f"{self.data}:{len(GOOD) + 2}: ")

    def test_what_is_too_long_obeys_its_own_key(self):
        self.write(GOOD + [LONG])
        self.refused(self.prepare(1, "too_long=error"), 3, f"{self.data}:{len(GOOD) + 1}: ", "cutoff_len is 120", "too_long: drop leaves such rows out")
        self.refused(self.prepare(1, "too_long=error", "bad_samples=drop"), 3, f"{self.data}:{len(GOOD) + 1}: ")
        self.assertEqual(self.ledger(1, "too_long=drop")["dropped_too_long"], 1)
        self.assertEqual(self.ledger()["truncated_samples"], 1)
        self.write(GOOD + [LATE])
        self.refused(self.prepare(), 3, f"{self.data}:{len(GOOD) + 1}: ", "raise cutoff_len or shorten the prompt", "(nothing_trained)")
        self.assertEqual(self.ledger(1, "bad_samples=drop")["dropped_nothing_trained"], 1)
        self.assertEqual(self.ledger(1, "too_long=drop")["dropped_too_long"], 1)

    def test_a_template_that_no_row_survives_is_refused_with_its_reasons(self):
        self.write(GOOD[:4])
        endless = "{% for m in messages %}{{ m.role + ':' + m.content }}{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
        words = ("no sample came out of 4 documents", "4 no_end", "error in place of drop")
        self.refused(self.prepare(1, f"chat_template={endless}", "bad_samples=drop"), 3, self.data, *words)


if __name__ == "__main__":
    harness.main()
