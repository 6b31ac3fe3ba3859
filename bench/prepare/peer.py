"""JSON lines of messages to packed rows on disk with `datasets` and TRL, as its SFTTrainer does it: peer.py MODEL DATA OUT LENGTH PROCESSES"""
import sys

import datasets
from transformers import AutoTokenizer
from trl.data_utils import pack_dataset

model, data, out, length, processes = sys.argv[1:4] + [int(n) for n in sys.argv[4:6]]
datasets.disable_progress_bars()
tokenizer = AutoTokenizer.from_pretrained(model)


def encode(row):
    messages = row["messages"]
    whole = tokenizer.apply_chat_template(messages, return_dict=False)
    prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False)
    return {"input_ids": whole, "completion_mask": [0] * len(prompt) + [1] * (len(whole) - len(prompt))}


rows = datasets.load_dataset("json", data_files=data, split="train", cache_dir=out + "/cache")
rows = rows.map(encode, remove_columns=rows.column_names, num_proc=processes)
packed = pack_dataset(rows, length, strategy="bfd", map_kwargs={"num_proc": processes})
packed.save_to_disk(out + "/packed")
print(sum(map(len, packed["input_ids"])), len(packed))
