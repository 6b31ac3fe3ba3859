"""bench/step/trace_picture.py draws what a trace holds: every event that is wide enough, in its colour and lane, and no other step.
bench/prepare/terminal_picture.py draws every character of a text in its colour and column."""
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

from tree import ROOT

sys.path += [str(ROOT / "bench" / "step"), str(ROOT / "bench" / "prepare")]
import terminal_picture
import trace_picture

SVG = "{http://www.w3.org/2000/svg}"
# A step of 100 ms on rank 0: row, name, begin, duration. The block's number tells steps apart.
STEP = [(2, "combine node", 0, 5), (2, "all_gather node block 0", 5, 20), (1, "wait block 0", 5, 20), (0, "forward block 0", 25, 30),
        (0, "backward block 0", 55, 25), (2, "reduce_scatter local block 0", 80, 5), (1, "wait", 90, 0.001), (1, "wait", 80, 20)]


def trace(steps):
    rows = [{"ph": "M", "name": "process_name", "pid": 0, "tid": 0, "args": {"name": "rank 0 (node 0, local 0)"}}]
    rows += [{"ph": "X", "name": name.replace("block 0", f"block {step}"), "pid": 0, "tid": row, "ts": 1e3 * (100 * step + begin), "dur": 1e3 * duration}
             for step in range(steps) for row, name, begin, duration in STEP]
    return json.dumps({"traceEvents": rows})


class TracePicture(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.trace, self.svg = Path(self.dir.name, "trace.json"), Path(self.dir.name, "out.svg")
        self.trace.write_text(trace(steps=3))

    def draw(self, **options):
        trace_picture.draw(self.trace, self.svg, **options)
        root = ElementTree.parse(self.svg).getroot()
        return root, [t.text for t in root.iter(f"{SVG}text")]

    def boxes(self, root, kind):
        """[(x, y)] of the boxes in a kind's colour, legend left out."""
        colour = trace_picture.KINDS[kind][0]
        paths = [p.get("d") for p in root.iter(f"{SVG}path") if p.get("fill") == colour]
        return [(float(x), int(y)) for d in paths for x, y in re.findall(r"M([\d.]+) (\d+)h", d)][1:]

    def test_a_step_is_drawn_whole_and_alone(self):
        root, texts = self.draw(step=2)

        # The two that put together and gather are of one kind; of the waits one is too short.
        self.assertEqual({k: len(self.boxes(root, k)) for k in trace_picture.KINDS},
                         {"forward": 1, "head": 0, "backward": 1, "wait": 2, "gather": 2, "reduce": 1, "other": 0})
        self.assertIn("1 rank on 1 node: step 2 of 3, 100 ms", texts)
        self.assertIn("waits 40 %", texts)
        self.assertTrue(any("Not drawn: 1 event shorter" in t for t in texts), texts)

    def test_boxes_lie_where_their_time_and_lane_are(self):
        root, _ = self.draw(step=2)

        scale = (1200 - trace_picture.LEFT - trace_picture.RIGHT) / 100
        lane = lambda n: trace_picture.TOP + n * (trace_picture.LANE + trace_picture.LANE_GAP)
        [(x, y)] = self.boxes(root, "forward")
        self.assertAlmostEqual(x, trace_picture.LEFT + 25 * scale, delta=0.06)
        self.assertEqual(y, lane(0))
        self.assertEqual([y for _, y in self.boxes(root, "gather")], [lane(2), lane(2)])
        self.assertEqual([y for _, y in self.boxes(root, "reduce")], [lane(3)])

    def test_names_are_written_where_there_is_room(self):
        _, wide = self.draw(step=2)
        _, narrow = self.draw(step=2, width=260)

        self.assertIn("forward block 1", wide)
        self.assertNotIn("forward block 1", narrow)

    def test_a_span_cuts_what_crosses_its_ends(self):
        root, texts = self.draw(span=(40, 60))

        self.assertEqual([len(self.boxes(root, k)) for k in ("forward", "backward", "gather")], [1, 1, 0])
        self.assertEqual(self.boxes(root, "forward")[0][0], trace_picture.LEFT)
        self.assertIn("1 rank on 1 node: 40 to 60 ms, 20 ms", texts)

    def test_a_step_that_is_not_there_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "expected step 4, found 3"):
            self.draw(step=4)


class TerminalPicture(unittest.TestCase):
    def test_every_character_stands_in_its_row_column_and_colour(self):
        self.assertEqual(terminal_picture.rows_of("ab \x1b[32mcd\ne\x1b[0mf\n\ng", 80),
                         [[(0, "", "ab "), (3, "32", "cd")], [(0, "32", "e"), (1, "", "f")], [], [(0, "", "g")]])

    def test_a_long_line_goes_on_in_the_next_row(self):
        self.assertEqual(terminal_picture.rows_of("abcdef\n", 4), [[(0, "", "abcd")], [(0, "", "ef")]])

    def test_the_picture_is_of_the_texts_size_and_escapes_it(self):
        root = ElementTree.fromstring(terminal_picture.svg("  <s>\n\x1b[2ma&b\n", 10))
        margin, column = terminal_picture.MARGIN, terminal_picture.COLUMN
        texts = [(t.text, float(t.get("x")), t.get("fill")) for t in root.iter(f"{SVG}text")]
        self.assertEqual(texts, [("<s>", round(margin + 2 * column, 1), None), ("a&b", margin, "#8a8a8a")])
        self.assertEqual(root.get("height"), str(2 * terminal_picture.ROW + 2 * margin))


if __name__ == "__main__":
    unittest.main()
