"""The digest of a whole checkpoint or model: what it depends on, who says it, and what damage it shows."""

import json
import re
import shutil
import struct

import harness
from harness import CONFIG, Case, flip_byte, read_safetensors, run, token_rows, write_model, write_rows, write_safetensors

MASK = 2**64 - 1
DTYPES = {"F32": ("float32", 4), "BF16": ("bfloat16", 2), "F64": ("float64", 8)}


# The definitions of docs/checkpoint_format.md once more, in another language.
def avalanche(x):
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd & MASK
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53 & MASK
    return x ^ x >> 33


def hash64(data, seed):
    h = 0xcbf29ce484222325 ^ avalanche(seed)
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 & MASK
    return avalanche(h)


def digest_of(data, width):
    lo = hi = 0
    for i in range(len(data) // width):
        bits = int.from_bytes(data[width * i:width * (i + 1)], "little")
        index = i * 0x9e3779b97f4a7c15 & MASK
        x = avalanche(bits + 0x632be59bd9b4e019 & MASK ^ index)
        lo, hi = lo + x & MASK, hi + avalanche(x + index + 0x2545f4914f6cdd1d & MASK) & MASK
    return f"{hi:016x}{lo:016x}"


def state_digest(tensors):
    """Of name to (dtype, shape, digest of the elements)."""
    lo = hi = 0
    for name, (dtype, shape, elements) in tensors.items():
        text = f"{dtype}\n{','.join(map(str, shape))}\n{elements}\n{name}".encode()
        lo, hi = lo + hash64(text, 1) & MASK, hi + hash64(text, 2) & MASK
    return f"{hi:016x}{lo:016x}"


def model_digest(*files):
    tensors = {name: t for file in files for name, t in read_safetensors(file).items()}
    return state_digest({name: (DTYPES[t][0], shape, digest_of(data, DTYPES[t][1]))
                         for name, (t, shape, data) in tensors.items()})


def checkpoint_digest(checkpoint):
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    return state_digest({f"{t['group']}/{t['name']}": (t["dtype"], t["shape"], t["digest"]) for t in manifest["tensors"]})


class DigestCase(Case):
    def inspected(self, path, code=0):
        ended = run(1, "inspect", "--digest", path)
        self.assertEqual(ended.code, code, str(ended))
        return re.search(r"^digest +([0-9a-f]{32})\b", ended.out, re.M)[1], ended

    def results(self, out=None):
        results = json.loads(((out or self.out) / "all_results.json").read_text())
        return results.get("checkpoint_digest"), results.get("model_digest")


class Saying(DigestCase):
    def test_a_run_says_at_its_end_what_inspect_computes_and_the_definition_gives(self):
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                out = self.dir / f"out{ranks}"
                ended = self.done(self.train(ranks, f"output_dir={out}", "export.dtype=bfloat16"))
                state, model = self.results(out)
                self.assertEqual(state, checkpoint_digest(out / "checkpoint-3"))
                self.assertEqual(model, model_digest(out / "model.safetensors"))
                self.assertRegex(ended.out, rf"(?m)^  digests +checkpoint {state}, model {model}$")
                self.assertIn(model, (out / "report.html").read_text())

                self.assertEqual(self.inspected(out / "checkpoint-3")[0], state)
                self.assertEqual(self.inspected(out)[0], model)
                self.assertIn("manifest.json says the same", self.inspected(out / "checkpoint-3")[1].out)
                self.assertIn("model.digest.json says the same", self.inspected(out)[1].out)
                self.assertIn(state, self.done(run(1, "inspect", out / "checkpoint-3")).out)

    def test_a_run_that_only_owes_its_export_says_the_digest_of_the_checkpoint_it_found(self):
        self.write_run(save_steps=2)
        self.done(self.train(2, "max_steps=2"))
        model = self.results()[1]
        (self.out / "model.safetensors").unlink()  # as if killed between checkpoint and export
        ended = self.done(self.train(1, "max_steps=2"))
        self.assertEqual(self.results(), (checkpoint_digest(self.out / "checkpoint-2"), model))
        self.assertIn(model, ended.out)

    def test_without_checkpoints_the_last_state_and_the_model_still_have_theirs(self):
        self.done(self.train(2, f"output_dir={self.dir / 'kept'}"))
        self.done(self.train(2, "save_strategy=no"))
        self.assertEqual(self.checkpoints(), [])
        self.assertEqual(self.results(), self.results(self.dir / "kept"))

    def test_another_number_of_files_is_the_same_model(self):
        self.done(self.train(2))
        to = self.dir / "shards"
        ended = self.done(run(1, "consolidate", self.out / "checkpoint-3", to, "--max-shard-size", "6000"))
        shards = sorted(to.glob("model-*-of-*.safetensors"))
        self.assertGreater(len(shards), 2)
        self.assertIn(f"digest {self.results()[1]}\n", ended.out)
        self.assertEqual(self.inspected(to)[0], self.results()[1])

    def test_a_model_of_others_has_one_to_compute_and_none_to_compare_with(self):
        digest, ended = self.inspected(self.model)
        self.assertEqual(digest, model_digest(self.model / "model.safetensors"))
        self.assertIn("no model.digest.json to compare with", ended.out)

    def test_nothing_trained_is_nothing_changed(self):
        self.write_run(max_steps=None, num_train_epochs=0)
        self.done(self.train(2))
        self.assertEqual(self.results()[1], self.inspected(self.model)[0])


class Layouts(DigestCase):
    def test_ordered_sums_give_one_digest_on_every_layout(self):
        write_rows(self.data, token_rows(13))  # an epoch's last batch leaves ranks without rows
        self.write_run(per_device_train_batch_size=1, max_steps=5, precision="bf16", sharding={"reduction": "ordered"})
        layouts = [(1, "ddp", 1), (2, "ddp", 1), (2, "zero3", 1), (4, "zero3", 1), (4, "hierarchical", 2), (4, "ddp", 2)]
        seen = {}
        for ranks, strategy, nodes in layouts:
            out = self.dir / f"{strategy}-{ranks}-{nodes}"
            self.done(self.train(ranks, f"output_dir={out}", f"sharding.strategy={strategy}", f"sharding.mesh.nodes={nodes}"))
            found = (self.inspected(out / "checkpoint-5")[0], self.inspected(out)[0])
            self.assertEqual(found, self.results(out))
            seen[ranks, strategy, nodes] = found
        self.assertEqual(len(set(seen.values())), 1, seen)

        other = self.dir / "other"
        self.done(self.train(1, f"output_dir={other}", "learning_rate=0.002"))
        state, model = self.results(other)
        self.assertNotEqual(state, found[0])
        self.assertNotEqual(model, found[1])


class Damage(DigestCase):
    def setUp(self):
        super().setUp()
        self.done(self.train(2))
        self.checkpoint = self.out / "checkpoint-3"

    def differs(self, path, *words):
        digest, ended = self.inspected(path, code=3)
        self.refused(ended, 3, *words)
        return digest

    def test_a_flipped_byte_of_a_checkpoint_is_named_by_file_and_tensor(self):
        manifest = json.loads((self.checkpoint / "manifest.json").read_text())
        for t in (manifest["tensors"][0], manifest["tensors"][-1]):
            extent = t["extents"][0]
            at = extent["offset"] + 4 * extent["count"] - 1
            flip_byte(self.checkpoint / "state.h5", at)
            digest = self.differs(self.checkpoint, "state.h5", f"tensor {t['group']}/{t['name']} is damaged")
            self.assertNotEqual(digest, self.results()[0])
            flip_byte(self.checkpoint / "state.h5", at)
        self.assertEqual(self.inspected(self.checkpoint)[0], self.results()[0])

    def test_a_flipped_byte_between_the_tensors_or_in_a_side_file_is_said(self):
        flip_byte(self.checkpoint / "state.h5", 30)
        self.assertEqual(self.differs(self.checkpoint, "state.h5", "between the tensors"), self.results()[0])
        flip_byte(self.checkpoint / "state.h5", 30)
        flip_byte(self.checkpoint / "config.json", 5)
        self.differs(self.checkpoint, "config.json", "was changed")

    def test_a_flipped_byte_of_a_model_is_named_by_file_and_tensor(self):
        path = self.out / "model.safetensors"
        last = list(read_safetensors(path))[-1]
        flip_byte(path, path.stat().st_size - 1)
        digest = self.differs(self.out, f"model.safetensors: tensor {last} has other bits")
        self.assertEqual(digest, model_digest(path))

    def test_swapped_names_another_dtype_and_a_missing_tensor_are_said(self):
        path = self.out / "model.safetensors"
        good = read_safetensors(path)
        q, o = "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.o_proj.weight"
        write_safetensors(path, {**good, q: good[o], o: good[q]})
        self.differs(self.out, f"tensor {q} has", f"tensor {o} has")
        write_safetensors(path, {**good, q: ("I32", *good[q][1:])})
        self.differs(self.out, f"tensor {q} has")
        write_safetensors(path, {name: t for name, t in good.items() if name != q})
        self.differs(self.out, f"tensor {q} is recorded, and no file has it")
        write_safetensors(path, dict(reversed(good.items())))  # another order is no difference
        self.assertEqual(self.inspected(self.out)[0], self.results()[1])

    def test_a_record_that_was_edited_is_said(self):
        record = self.out / "model.digest.json"
        for text in (record.read_text().replace(self.results()[1], "0" * 32), "{", '{"format_version": 2}', "[" * 100000):
            record.write_text(text)
            self.differs(self.out, "model.digest.json")

    def test_an_export_over_an_older_one_replaces_its_record(self):
        self.done(run(1, "consolidate", self.checkpoint, self.out, "--dtype", "bfloat16"))
        self.assertIn("says the same", self.inspected(self.out)[1].out)
        self.assertNotEqual(self.inspected(self.out)[0], self.results()[1])

    def test_a_copy_elsewhere_is_the_same_model(self):
        shutil.copytree(self.out, self.dir / "copy")
        self.assertEqual(self.inspected(self.dir / "copy")[0], self.results()[1])


if __name__ == "__main__":
    harness.main()
