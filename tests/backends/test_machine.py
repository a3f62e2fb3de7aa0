"""What suits a machine, of machines that are described by hand; and that the real one can be described."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmjudge.backends.machine import Gpu, Machine, described, processor, recommended, suits, this_machine
from mmjudge.backends.models import Model, memory, models, named

GB = 1_000_000_000
LAPTOP = Machine("a processor", ("avx2",), 8, 16 * GB, False, (), "2.13.0+cpu")
SERVER = replace(LAPTOP, flags=("avx2", "avx512_bf16"), bfloat16=True, memory=64 * GB)
H200 = replace(SERVER, gpus=(Gpu("NVIDIA H200", 150 * GB, (9, 0)),), torch="2.13.0+cu132")
GAMING = replace(SERVER, gpus=(Gpu("a card", 12 * GB, (8, 9)), Gpu("a larger one", 48 * GB, (8, 9))))


def test_memory_is_the_weights_and_a_fifth() -> None:
    assert memory(10 * GB, 2) == 24 * GB
    assert memory(1, 4) == 4  # 4.8, in whole bytes


@pytest.mark.parametrize(
    ("name", "machine", "state", "words"),
    [
        # 0.256e9 parameters x 4 bytes x 1.2 = 1.23 GB; bfloat16 halves it
        ("smolvlm-256m", LAPTOP, "fits", "fits the CPU (1.2 of 16 GB, float32)"),
        ("smolvlm-256m", SERVER, "fits", "fits the CPU (0.6 of 64 GB, bfloat16)"),
        # 2.1e9 x 4 x 1.2 = 10.08 GB
        ("qwen3-vl-2b", LAPTOP, "slow", "slow on a CPU: 2.1 billion parameters a token (10 of 16 GB, float32)"),
        ("qwen3-vl-4b", LAPTOP, "no", "needs 21 GB of memory (here 16 GB)"),
        # stored in float32: not halved where the processor multiplies bfloat16. 0.155e9 x 4 x 1.2 = 0.744 GB
        ("owlv2-base", SERVER, "fits", "fits the CPU (0.7 of 64 GB, float32)"),
        # 33.4e9 x 2 x 1.2 = 80.16 GB
        ("qwen3-vl-32b", H200, "fits", "fits the GPU (80 of 150 GB)"),
        ("qwen3-vl-32b", SERVER, "no", "needs 80 GB of memory (here 64 GB)"),
        # the engine takes the first GPU, however large the second is. 8.8e9 x 2 x 1.2 = 21.12 GB
        ("qwen3-vl-8b", GAMING, "no", "needs 21 GB of GPU memory (here 12 GB)"),
    ],
)
def test_whether_a_model_suits(name: str, machine: Machine, state: str, words: str) -> None:
    assert suits(named(name), machine) == (state, words)


def test_a_mixture_is_as_slow_as_what_works_on_one_token() -> None:
    whole = named("qwen3-vl-32b")
    mixture = replace(whole, active=GB // 2)
    large = replace(SERVER, memory=500 * GB)
    assert suits(whole, large).state == "slow"
    assert suits(mixture, large).state == "fits"


@pytest.mark.parametrize(
    ("machine", "vision"), [(LAPTOP, "qwen3.5-0.8b"), (GAMING, "qwen3.5-4b"), (H200, "qwen3.5-35b-a3b")]
)
def test_one_of_a_kind_is_recommended_and_anybody_may_fetch_it(machine: Machine, vision: str) -> None:
    names = recommended(models(), machine)
    chosen = [named(name) for name in names]
    assert vision in names
    assert len({model.kind for model in chosen}) == len(chosen)
    assert all(not model.gated and model.revision and not model.pickled for model in chosen)
    assert all(suits(model, machine).state != "no" for model in chosen)


def test_where_all_are_slow_the_least_slow_is_recommended_and_where_none_fits_none() -> None:
    def of(*billions: int) -> list[Model]:
        return [replace(named("qwen3-vl-2b"), name=str(b), parameters=b * GB, active=b * GB) for b in billions]

    assert recommended(of(3, 2, 4), SERVER) == {"2"}
    assert recommended(of(100), SERVER) == set()
    assert recommended([replace(model, gated=True) for model in of(2)], SERVER) == set()
    first, second = of(3, 2)
    assert recommended([replace(first, ran="nothing"), second], H200) == {"2"}
    assert recommended([replace(first, ran="nothing")], H200) == {"3"}


def test_a_processor_is_read_off_what_linux_says_of_it() -> None:
    told = (
        "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t\t: fpu avx2 amx_bf16 avx512_bf16\n\nprocessor\t: 1\n"
    )
    assert processor(told) == ("Some CPU @ 3 GHz", ("avx2", "avx512_bf16", "amx_bf16"))
    assert processor("Features\t: fp asimd bf16\n") == ("", ("asimd", "bf16"))
    assert processor("") == ("", ())


def test_this_machine_is_described() -> None:
    machine = this_machine()
    assert machine.processor
    assert machine.cores > 0
    assert machine.memory > GB
    assert [title for title, _ in described(machine)][:2] == ["processor", "features"]


def test_the_type_a_model_is_computed_in_is_said_with_its_reason() -> None:
    said = {name: dict(described(m)) for name, m in (("laptop", LAPTOP), ("server", SERVER), ("h200", H200))}
    assert "float32, because it does not multiply bfloat16" in said["laptop"]["models run"]
    assert "in bfloat16" in said["server"]["models run"]
    assert said["h200"]["cuda:0"] == "NVIDIA H200, 150 GB, compute capability 9.0"
    assert "without CUDA" in said["laptop"]["cuda"]
