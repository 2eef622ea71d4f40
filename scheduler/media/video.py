"""Videos: probe one, choose its poster, and copy its pictures and sound into a file ready to stream.

Nothing is encoded anew: the streams are copied, so quality stays and a long video takes seconds. Location, device
and title of the original are left behind. Runs only in the decoding process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageStat

from scheduler.domain.asset import Purpose
from scheduler.domain.problem import Invalid, Problem, refuse
from scheduler.media.derived import Derivation, DerivedFile
from scheduler.media.filetypes import MP4, WEBM, FileType
from scheduler.media.renditions import save_poster, stills

SIDE = 4096
SECONDS = 4 * 3600
POSTER_PLACES = (0.5, 0.3, 0.7, 0.1, 0.0)
"""Where a poster is looked for, as parts of the duration; the first one that shows something is taken."""
DARK, FLAT = 20.0, 6.0
"""A frame is black below this mean brightness and empty below this deviation (both 0 to 255)."""
FRAMES_LOOKED_AT = 300
"""A seek lands on the key frame before; this many frames are decoded at most to come nearer."""
MISSING_SECONDS = 1.0

_H264_FORMATS = ("yuv420p", "yuvj420p")
_EXPORT = "Export it as MP4 with H.264 video and AAC sound, and upload that."


@dataclass(frozen=True, slots=True)
class Probe:
    """What a video says about itself. The size is as shown, after rotation."""

    video: str
    pixels: str
    audio: str
    width: int
    height: int
    seconds: float


def derive_video(source: Path, filetype: FileType, folder: Path) -> Derivation:
    """Write the playable copy, the poster and the stills of the video `source` into `folder`. Raises `Invalid`."""
    try:
        poster, probe = _look(source, filetype)
        play, seconds = _copy(source, filetype, folder)
    except (av.FFmpegError, OSError, ValueError, EOFError) as error:
        raise refuse(
            "file", f"This video is damaged or incomplete and cannot be read. Copy it again, or: {_EXPORT}"
        ) from error
    files = [
        DerivedFile(Purpose.PLAY, play.mime, probe.width, probe.height, f"play.{play.extension}"),
        save_poster(poster, folder),
        *stills(poster, folder),
    ]
    return Derivation(probe.width, probe.height, tuple(files), duration_ms=round(seconds * 1000))


def _look(source: Path, filetype: FileType) -> tuple[Image.Image, Probe]:
    with _opened(source, filetype) as container:
        if not container.streams.video:
            raise refuse("file", "This file has sound but no picture. Upload a video with a picture.")
        stream = container.streams.video[0]
        first = next(container.decode(stream), None)
        if first is None:
            raise ValueError("no frame can be decoded")
        probe = _probe(container, stream, first)
        if problems := list(_problems(probe, filetype)):
            raise Invalid(Problem("file", problem) for problem in problems)
        return _poster(container, stream, probe.seconds), probe


def _opened(source: Path, filetype: FileType) -> InputContainer:
    # The demuxer is fixed by the sniffed type and may open nothing but this file: a playlist or a reference inside a
    # disguised file leads nowhere.
    demuxer = "matroska" if filetype is WEBM else "mov"
    return av.open(str(source), format=demuxer, container_options={"protocol_whitelist": "file"})


def _probe(container: InputContainer, stream: VideoStream, first: VideoFrame) -> Probe:
    width, height = first.width, first.height
    if first.rotation % 180:
        width, height = height, width
    audio = container.streams.audio[0].codec_context.name if container.streams.audio else ""
    name, pixels = stream.codec_context.name, first.format.name
    return Probe(_codec(name), pixels, _codec(audio), width, height, _seconds(container, stream))


def _codec(name: str) -> str:
    # FFmpeg names the decoder it chose: libvpx-vp9 for vp9, libdav1d for av1 ...
    for codec in ("vp9", "vp8", "opus", "vorbis", "h264", "aac", "mp3"):
        if codec in name:
            return codec
    return {"libvpx": "vp8", "libdav1d": "av1"}.get(name, name)


def _seconds(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _problems(probe: Probe, filetype: FileType) -> Iterator[str]:
    if max(probe.width, probe.height) > SIDE:
        yield f"This video is {probe.width} x {probe.height}; no side may be longer than {SIDE} pixels. {_EXPORT}"
    if probe.seconds > SECONDS:
        yield f"This video is longer than {SECONDS // 3600} hours. Cut it shorter and try again."
    if filetype is WEBM:
        if probe.video not in ("vp8", "vp9") or probe.audio not in ("", "opus", "vorbis"):
            yield f"This WebM video is coded in a way that not every browser plays ({_codecs(probe)}). {_EXPORT}"
    elif probe.video != "h264" or probe.audio not in ("", "aac", "mp3"):
        yield (
            f"This video is coded in a way that not every browser plays ({_codecs(probe)}). {_EXPORT} "
            "On an iPhone, Settings > Camera > Formats > Most Compatible records that way."
        )
    elif probe.pixels not in _H264_FORMATS:
        yield f"This video has more than 8 bits a colour ({probe.pixels}), which browsers do not play. {_EXPORT}"


def _codecs(probe: Probe) -> str:
    return f"{probe.video} with {probe.audio}" if probe.audio else probe.video


def _poster(container: InputContainer, stream: VideoStream, seconds: float) -> Image.Image:
    best: tuple[float, Image.Image] | None = None
    for place in POSTER_PLACES:
        image = _frame_at(container, stream, place * seconds)
        if image is None:
            continue
        brightness = ImageStat.Stat(image.convert("L").reduce(4) if min(image.size) > 16 else image.convert("L"))
        mean, deviation = brightness.mean[0], brightness.stddev[0]
        if mean > DARK and deviation > FLAT:
            return image
        if best is None or deviation > best[0]:
            best = (deviation, image)
    if best is None:
        raise ValueError("no frame can be decoded")
    return best[1]


def _frame_at(container: InputContainer, stream: VideoStream, seconds: float) -> Image.Image | None:
    time_base = stream.time_base or Fraction(1, 1000)
    container.seek((stream.start_time or 0) + int(seconds / time_base), stream=stream)
    frame = None
    for frame in islice(container.decode(stream), FRAMES_LOOKED_AT):
        if frame.time is None or frame.time >= seconds:
            break
    if frame is None:
        return None
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _copy(source: Path, filetype: FileType, folder: Path) -> tuple[FileType, float]:
    """Copy the first video and sound stream into `play.*`; return its type and the seconds really there."""
    play = WEBM if filetype is WEBM else MP4
    options = {} if play is WEBM else {"movflags": "+faststart"}
    with (
        _opened(source, filetype) as container,
        av.open(str(folder / f"play.{play.extension}"), "w", format=play.extension, options=options) as output,
    ):
        wanted = [container.streams.video[0], *container.streams.audio[:1]]
        targets: dict[int, Any] = {stream.index: output.add_stream_from_template(stream) for stream in wanted}
        for target in targets.values():
            target.metadata.clear()
        output.metadata.clear()
        count, end = 0, 0.0
        for packet in container.demux(wanted):
            if packet.dts is None:
                continue
            if packet.stream.type == "video":
                count += 1
                end = max(end, float(((packet.pts or 0) + (packet.duration or 0)) * (packet.time_base or 0)))
            packet.stream = targets[packet.stream.index]
            output.mux(packet)
        _check_complete(container, wanted[0], count, end)
        return play, end


def _check_complete(container: InputContainer, stream: Any, count: int, end: float) -> None:
    start = float((stream.start_time or 0) * (stream.time_base or 0))
    missing = _seconds(container, stream) - (end - start)
    if (stream.frames and count < stream.frames) or missing > MISSING_SECONDS:
        raise refuse(
            "file",
            "This video is incomplete: its end is missing. Copy it again from where it comes from and try once more.",
        )
