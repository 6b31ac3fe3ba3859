"""Templates as transformers renders them, for comparison: jinja2 in transformers' own environment."""
import copy
import datetime
import functools
import json

import jinja2
import jinja2.ext
import jinja2.sandbox
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2024, 7, 26)  # what tests/support/render_main.cpp says


@functools.cache
def environment():
    """transformers makes one for every template; they are alike, and making one takes longer than most renderings."""
    made = chat_template_utils._cached_compile_jinja_template("").environment
    made.globals["strftime_now"] = NOW.strftime
    return made


@functools.lru_cache(maxsize=16)
def compiled(source):
    return environment().from_string(source)


def rendered(source, context):
    """{"text"} or {"error": name of the exception, "reason"}."""
    try:  # the copy: `indent` changes a list that it is given
        return {"text": compiled(source).render(**copy.deepcopy(context))}
    except Exception as error:  # whatever a template can make Python raise
        return {"error": type(error).__name__, "reason": str(error)}


def spans(source, context):
    """Texts of the {% generation %} blocks, in order."""
    template = compiled(source)
    blocks, indices = [], []
    with template.environment.activate_tracker(blocks, indices):
        for block in template.generate(**context):
            blocks.append(block)
    text = "".join(blocks)
    return [text[a:b] for a, b in indices]


def lines_of(program, requests, *flags):
    import subprocess

    data = "".join(json.dumps(r) + "\n" for r in requests).encode()
    done = subprocess.run([*program, *flags], input=data, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]
