"""Train a vision-language model of 7 M parameters from scratch on drawn pictures, on a few CPU cores.

    python -m demo.training.train --out DIR

runs about an hour on two cores and writes a checkpoint like ``demo/checkpoint``; measure it with
``python -m demo.training.evaluate DIR``. Needs torch, transformers and tokenizers (the harness environment has them).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m demo.training.train", description=__doc__.splitlines()[0]
    )
    made.add_argument("--out", type=Path, required=True, help="folder that gets the checkpoint")
    made.add_argument("--pictures", type=int, default=26_000, help="how many are drawn to train on")
    made.add_argument("--seeing", type=float, default=15, help="minutes of the first stage")
    made.add_argument("--answering", type=float, default=45, help="minutes of the second stage")
    made.add_argument("--tokenizer-pictures", type=int, default=2_500)
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--seed", type=int, default=0, help="of the first weights")
    return made


def main() -> None:
    given = parser().parse_args()
    # Only now: --help must answer where torch is not installed.
    import torch

    from demo.training import corpus, export, stages
    from demo.training.student import Student
    from demo.training.tokenizer import train_tokenizer

    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    start = time.monotonic()
    drawn = corpus.build(0, given.pictures, workers=given.threads)
    student = Student(train_tokenizer(given.tokenizer_pictures))
    parameters = sum(p.numel() for p in student.model.parameters())
    print(
        f"{len(drawn)} pictures, {parameters / 1e6:.1f} M parameters, "
        f"prepared in {time.monotonic() - start:.0f} s",
        flush=True,
    )
    stages.learn_to_see(student, drawn, given.seeing)
    stages.learn_to_answer(student, drawn, given.answering)
    export.export(student, given.out)
    print(f"{given.out} written after {(time.monotonic() - start) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
