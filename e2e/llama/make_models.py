"""Writes GGUF models that always say the same thing. See README.md for how.

usage: make_models.py VOCABULARY.gguf CHAT_TEMPLATE.jinja OUTPUT_FOLDER
"""

import itertools
import sys
from pathlib import Path

import gguf
import numpy as np

WIDTH = 64
FEED_FORWARD = 128
HEADS = 4
CONTEXT = 8192
LONGEST_PIECE = 12

END_OF_TURN = "<|im_end|>"
# Ids that the vocabulary file leaves unnamed and Qwen2.5 uses as markers of a tool call.
MARKERS = {151657: "<tool_call>", 151658: "</tool_call>"}
# The template opens the assistant's turn with one line end; a second makes the start token one that no prompt ends with.
TURN_START = "<|im_start|>assistant\\n"
START = b"\n\n"


def byte_of_char():
    """GPT-2's alphabet: printable bytes stand for themselves, the others for characters from U+0100 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in plain}
    others = (b for b in range(256) if b not in set(plain))
    table.update({chr(256 + i): b for i, b in enumerate(others)})
    return table


class Vocabulary:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.fields = {
            name: field
            for name, field in reader.fields.items()
            if name.startswith("tokenizer.") and name not in ("tokenizer.chat_template", "tokenizer.ggml.eos_token_id")
        }
        self.tokens = list(self.fields["tokenizer.ggml.tokens"].contents())
        self.types = list(self.fields["tokenizer.ggml.token_type"].contents())
        for index, text in MARKERS.items():
            self.tokens[index] = text
            self.types[index] = gguf.TokenType.USER_DEFINED
        alphabet = byte_of_char()
        self.by_bytes = {}
        for index, text in enumerate(self.tokens):
            if self.types[index] == gguf.TokenType.NORMAL and all(c in alphabet for c in text):
                self.by_bytes.setdefault(bytes(alphabet[c] for c in text), index)

    def id_of(self, special):
        return self.tokens.index(special)

    def split(self, text, used):
        """Token ids that spell `text`, each once and none of `used`, longest first; None when there is no way."""
        data = text.encode()

        def from_position(position, taken):
            if position == len(data):
                return taken
            for length in range(min(LONGEST_PIECE, len(data) - position), 0, -1):
                token = self.by_bytes.get(data[position : position + length])
                if token is None or token in used or token in taken:
                    continue
                rest = from_position(position + length, [*taken, token])
                if rest is not None:
                    return rest
            return None

        return from_position(0, [])


def chain(vocabulary, script):
    """The script as token ids. A part is a special token, or alternatives of which the first that can be split is taken."""
    start = vocabulary.by_bytes[START]
    ids = [start]
    for part in script:
        if isinstance(part, str):
            ids.append(vocabulary.id_of(part))
            continue
        pieces = next((p for p in (vocabulary.split(text, ids) for text in part) if p is not None), None)
        if pieces is None:
            raise SystemExit(f"no way to say {part[0]!r} without repeating a token")
        ids.extend(pieces)
    return ids


def write_model(path, vocabulary, template, ids):
    count = len(vocabulary.tokens)
    embedding = np.random.default_rng(0).standard_normal((count, WIDTH)).astype(np.float32)
    embedding /= np.sqrt((embedding**2).mean(axis=1, keepdims=True))
    output = np.zeros((count, WIDTH), np.float32)
    for before, after in itertools.pairwise(ids):
        output[after] = embedding[before]

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(path.stem)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(count)
    changed = {"tokenizer.ggml.tokens": vocabulary.tokens, "tokenizer.ggml.token_type": vocabulary.types}
    for name, field in vocabulary.fields.items():
        value = changed.get(name, field.contents())
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(name, value)
        else:
            writer.add_key_value(name, value, field.types[0])
    writer.add_eos_token_id(vocabulary.id_of(END_OF_TURN))
    writer.add_chat_template(template)

    writer.add_tensor("token_embd.weight", embedding.astype(np.float16))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output.astype(np.float16))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(WIDTH, np.float32))
    shapes = {f"attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
    shapes |= {"ffn_gate": (FEED_FORWARD, WIDTH), "ffn_up": (FEED_FORWARD, WIDTH), "ffn_down": (WIDTH, FEED_FORWARD)}
    for name, shape in shapes.items():
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def spaced(template, blanks):
    """`template` with each `~` as one of `blanks`, in every combination: white space decides which tokens are free."""
    first, *others = template.split("~")
    for choice in itertools.product(blanks, repeat=len(others)):
        yield first + "".join(blank + part for blank, part in zip(choice, others))


def main():
    vocabulary_path, template_path, folder = sys.argv[1:]
    vocabulary = Vocabulary(vocabulary_path)
    template = Path(template_path).read_text()
    if TURN_START not in template:
        raise SystemExit("the chat template does not open the assistant's turn as expected")
    end = template.rindex(TURN_START) + len(TURN_START)
    template = template[:end] + "\\n" + template[end:]
    call = '\n{"name":~"get_weather",~"arguments":~{"city":~"Paris"~}~}\n'
    scripts = {
        "text": [["Hello from a scripted llama, in five parts."], END_OF_TURN],
        "tool": ["<tool_call>", list(spaced(call, ["", " "])), "</tool_call>", END_OF_TURN],
    }
    for name, script in scripts.items():
        write_model(Path(folder) / f"{name}.gguf", vocabulary, template, chain(vocabulary, script))


main()
