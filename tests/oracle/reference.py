"""Logits, loss and gradients of a Hugging Face directory by transformers and autograd."""
import contextlib

import torch
from torch.overrides import TorchFunctionMode
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()


class WithoutFloat32(TorchFunctionMode):
    """Turns every request for float32 into one for float64.

    transformers computes RMSNorm, the RoPE tables (inverse frequencies included), the eager softmax and the loss in float32 even
    in a model of doubles; as a reference for doubles those four have to be doubles too. Once `strict`, a float32 result is an error.
    """

    strict = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.Tensor.float:
            return args[0].double()
        swap = lambda x: torch.float64 if x is torch.float32 else x
        result = func(*map(swap, args), **{k: swap(v) for k, v in (kwargs or {}).items()})
        if self.strict and isinstance(result, torch.Tensor) and result.dtype is torch.float32:
            raise AssertionError(f"{func} gave float32 in the reference of doubles")
        return result


@contextlib.contextmanager
def all_doubles():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # an integer tensor divided becomes the default dtype (dynamic RoPE)
    try:
        with WithoutFloat32() as mode:
            yield mode
    finally:
        torch.set_default_dtype(before)


def load(directory, dtype):
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, attn_implementation="eager")
    return model.train()  # no dropout in any of them; what is tested is training


def run(directory, input_ids, labels, precision):
    """Returns {"logits", "loss" (sum over trained tokens, float64), "tokens", "grad/<name>"…} as tensors."""
    if precision == "fp32":
        return forward_backward(load(directory, torch.float32), input_ids, labels)
    with all_doubles() as mode:
        model = load(directory, torch.float64)
        model.model.rotary_emb = type(model.model.rotary_emb)(model.config)  # its tables again, in doubles
        mode.strict = True
        return forward_backward(model, input_ids, labels)


def forward_backward(model, input_ids, labels):
    ids, targets = torch.tensor(input_ids), torch.tensor(labels)
    out = model(input_ids=ids, labels=targets, num_items_in_batch=1, use_cache=False)
    out.loss.backward()
    result = {"logits": out.logits.detach(), "loss": out.loss.detach().double().reshape(1),
              "tokens": (targets[:, 1:] != -100).sum().reshape(1)}
    result |= {f"grad/{name}": p.grad for name, p in model.named_parameters()}  # a tied matrix is named once
    return result
