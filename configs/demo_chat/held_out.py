#!/usr/bin/env python3
"""The held-out questions of the chat demo: asks them, and compares what was answered before and after.

    held_out.py questions HELD_OUT.jsonl [N]        the first N as `fullshard generate --prompts` reads them
    held_out.py compare HELD_OUT.jsonl BEFORE.jsonl AFTER.jsonl PAGE.md

A row of HELD_OUT.jsonl is a conversation of a question and the answer that is meant, and `key`, regular expressions without
case. An answer has the key fact if it has a match of each of them. BEFORE and AFTER have a JSON string a line, as
`fullshard generate` prints answers. `compare` prints both side by side and the score, and writes them to PAGE.md.
"""
import json
import re
import sys


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def question_of(row):
    return row["messages"][0]["content"]


def has_key_fact(row, answer):
    return all(re.search(key, answer, re.IGNORECASE) for key in row["key"])


def one_line(text, width):
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 3] + "..."


def cell(text):
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def questions(path, count=None):
    for row in lines(path)[:count and int(count)]:
        print(json.dumps(question_of(row)))


def print_side_by_side(asked):
    for row, *answers in asked:
        print(f"\n  {question_of(row)}")
        for when, answer in zip(("before", "after"), answers):
            print(f"    {when:6}  {'right' if has_key_fact(row, answer) else 'wrong'}  {one_line(answer, 150)}")


def write_page(path, asked, verdict):
    mark = {True: "✓", False: "✗"}
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# Before and after\n\n{verdict}. An answer counts (✓) if it has the key fact; greedy decoding.\n\n")
        f.write("| question, and the answer that is meant | before | after |\n|---|---|---|\n")
        for row, *answers in asked:
            meant = row["messages"][1]["content"]
            said = " | ".join(f"{mark[has_key_fact(row, a)]} {cell(a)}" for a in answers)
            f.write(f"| **{cell(question_of(row))}** {cell(meant)} | {said} |\n")


def compare(held_out, before, after, page):
    rows, said = lines(held_out), [lines(before), lines(after)]
    if not len(said[0]) == len(said[1]) <= len(rows):
        sys.exit(f"held_out.py: expected as many answers before as after, at most {len(rows)}, found {len(said[0])} and {len(said[1])}")
    asked = list(zip(rows, *said))  # the first ones, where not all were asked
    right = [sum(has_key_fact(row, answers[i]) for row, *answers in asked) for i in (0, 1)]
    shares = ["{:.1f} %".format(100 * r / max(1, len(asked))) for r in right]
    verdict = f"Key facts in answers to {len(asked)} held-out questions: {shares[0]} before, {shares[1]} after"
    print_side_by_side(asked)
    write_page(page, asked, verdict)
    print(f"\n{verdict}")


def main():
    verb, *arguments = sys.argv[1:] or [""]
    verbs = {"questions": (questions, (1, 2)), "compare": (compare, (4,))}
    if verb not in verbs or len(arguments) not in verbs[verb][1]:
        sys.exit(__doc__)
    verbs[verb][0](*arguments)


if __name__ == "__main__":
    main()
