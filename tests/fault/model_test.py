"""Models that cannot be trained are refused with 3, and nothing is written."""

import json

import harness
from harness import CONFIG, Case, random_tensors, safetensors_header, write_safetensors


class BadModel(Case):
    def setUp(self):
        super().setUp()
        self.weights = self.model / "model.safetensors"
        self.tensors = random_tensors(CONFIG)

    def test_missing_weights(self):
        self.weights.unlink()
        self.refused_on_all(3, self.model, "model.safetensors", "found neither")

    def test_truncated_weights(self):
        self.weights.write_bytes(self.weights.read_bytes()[:-100])
        self.refused_on_all(3, self.weights)

    def test_weights_shorter_than_a_header(self):
        self.weights.write_bytes(b"\x10\x00")
        self.refused_on_all(3, self.weights)

    def test_a_header_that_claims_more_than_the_file_has(self):
        self.weights.write_bytes(b"\xff" * 7 + b"\x7f" + b"{}")
        self.refused_on_all(3, self.weights)

    def test_a_hole_between_tensors(self):
        header = safetensors_header(self.tensors)
        for t in list(header.values())[1:]:
            t["data_offsets"] = [o + 16 for o in t["data_offsets"]]
        tensors = dict(self.tensors)
        tensors["lm_head.weight"] = ("F32", tensors["lm_head.weight"][1], tensors["lm_head.weight"][2] + b"\0" * 16)
        write_safetensors(self.weights, tensors, header)
        self.refused_on_all(3, self.weights, "model.layers.0.input_layernorm.weight")

    def test_tensors_that_overlap(self):
        header = safetensors_header(self.tensors)
        header["lm_head.weight"]["data_offsets"] = header["model.embed_tokens.weight"]["data_offsets"]
        write_safetensors(self.weights, self.tensors, header)
        self.refused_on_all(3, self.weights, "lm_head.weight")

    def test_integers_where_numbers_are_trained(self):
        _, shape, data = self.tensors["model.norm.weight"]
        self.tensors["model.norm.weight"] = ("I32", shape, data)
        write_safetensors(self.weights, self.tensors)
        self.refused_on_all(3, "dtype of 'model.norm.weight'", "found I32")

    def test_a_wrong_shape(self):
        dtype, _, data = self.tensors["model.layers.1.mlp.up_proj.weight"]
        self.tensors["model.layers.1.mlp.up_proj.weight"] = (dtype, [16, 24], data)
        write_safetensors(self.weights, self.tensors)
        self.refused_on_all(3, "'model.layers.1.mlp.up_proj.weight'", "expected [24, 16], found [16, 24]")

    def test_a_tensor_too_few(self):
        del self.tensors["model.layers.1.self_attn.k_proj.weight"]
        write_safetensors(self.weights, self.tensors)
        self.refused_on_all(3, "missing 'model.layers.1.self_attn.k_proj.weight'")

    def test_a_tensor_too_many(self):
        self.tensors["model.layers.0.self_attn.q_proj.bias"] = ("F32", [16], b"\0" * 64)
        write_safetensors(self.weights, self.tensors)
        self.refused_on_all(3, "unexpected 'model.layers.0.self_attn.q_proj.bias'")

    def test_an_unknown_architecture(self):
        config = {**CONFIG, "architectures": ["MambaForCausalLM"], "model_type": "mamba"}
        (self.model / "config.json").write_text(json.dumps(config))
        self.refused_on_all(3, self.model / "config.json", "Mamba")

    def test_a_config_that_is_no_json(self):
        (self.model / "config.json").write_text("{\"hidden_size\": 16,")
        self.refused_on_all(3, self.model / "config.json")

    def test_shard_names_that_lead_elsewhere(self):
        self.weights.rename(self.dir / "elsewhere.safetensors")
        for name in ("../elsewhere.safetensors", "/etc/passwd", "..", "sub/x.safetensors", ""):
            with self.subTest(name=name):
                index = {"weight_map": {tensor: name for tensor in self.tensors}}
                (self.model / "model.safetensors.index.json").write_text(json.dumps(index))
                self.refused_on_all(3, "model.safetensors.index.json", f"'{name}'", ranks=(2,))

    def test_a_shard_that_is_not_there(self):
        self.weights.rename(self.model / "model-00001-of-00002.safetensors")
        index = {"weight_map": {t: "model-00001-of-00002.safetensors" for t in self.tensors}}
        index["weight_map"]["lm_head.weight"] = "model-00002-of-00002.safetensors"
        (self.model / "model.safetensors.index.json").write_text(json.dumps(index))
        self.refused_on_all(3, "model-00002-of-00002.safetensors", "not there")


if __name__ == "__main__":
    harness.main()
