#!/usr/bin/python3
"""Makes image files of all kinds in a folder, each with the pixels that PIL sees in it, as a PPM beside it.

images.py FOLDER: prints a line a file: its name, the side that it is resized to (0: as it is), and the changes that
are to be counted (bits of enum bm_change: gray, palette, depth, alpha, CMYK, turned). tests/cli/images.t compares. What
PIL cannot write (interlaced and 16-bit PNG) is written here by hand. 16 bits are scaled, where PIL's convert clips.
"""
import random
import struct
import sys
import zlib

from PIL import Image

GRAY, PALETTE, DEPTH, ALPHA, CMYK, TURNED = (1 << i for i in range(6))
folder = sys.argv[1]
random.seed(7)


def picture(width, height):
    """Smooth, with edges and some noise: what JPEG has to work on."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x * 255 // width, (y * 255 // height + 90 * (x > y)) % 256, random.randrange(180, 256))
                   for y in range(height) for x in range(width)])
    return image


def resized(image, side):
    """torchvision's Resize and CenterCrop of a PIL image."""
    width, height = image.size
    short = min(width, height)
    new = [side if length == short else side * length // short for length in (width, height)]
    image = image.resize(new, Image.BILINEAR)
    left, top = (round((length - side) / 2.0) for length in new)
    return image.crop((left, top, left + side, top + side))


def note(name, changes=0, side=0, expected=None):
    expected = expected or Image.open(f"{folder}/{name}").convert("RGB")
    if side:
        expected = resized(expected, side)
    expected.save(f"{folder}/{name}.{side}.ppm")
    print(name, side, changes)


# ---- JPEG

for subsampling in 0, 1, 2:
    for size in (64, 64), (33, 17):
        for progressive in False, True:
            name = f"s{subsampling}-{size[0]}-{progressive}.jpg"
            picture(*size).save(f"{folder}/{name}", quality=85, subsampling=subsampling, progressive=progressive)
            note(name)
picture(40, 30).convert("L").save(f"{folder}/gray.jpg")
note("gray.jpg", GRAY)
picture(40, 30).convert("CMYK").save(f"{folder}/cmyk.jpg")
note("cmyk.jpg", CMYK)
exif = Image.Exif()
exif[0x0112] = 6
picture(40, 30).save(f"{folder}/turned.jpg", exif=exif)
note("turned.jpg", TURNED)
exif[0x0112] = 1
picture(40, 30).save(f"{folder}/upright.jpg", exif=exif)
note("upright.jpg")
picture(20, 20).save(f"{folder}/longer.jpg")
with open(f"{folder}/longer.jpg", "ab") as file:  # bytes behind the end are nobody's business
    file.write(b"some more")
note("longer.jpg")


def changed(name, change):
    """A picture as JPEG whose bytes are changed, which PIL takes all the same."""
    picture(20, 20).save(f"{folder}/{name}")
    with open(f"{folder}/{name}", "rb") as file:
        data = change(file.read())
    with open(f"{folder}/{name}", "wb") as file:
        file.write(data)
    note(name)


def before_tables(data):
    at = data.index(b"\xff\xdb")
    return data[:at] + b"\0\1\2" + data[at:]


def parameters_of_a_phone(data):
    """0, 0 in place of 0, 63: the first and last coefficient of the scan."""
    at = data.index(b"\xff\xda")
    last = at + int.from_bytes(data[at + 2:at + 4], "big")
    assert data[last] == 63
    return data[:last] + b"\0" + data[last + 1:]


changed("stray.jpg", before_tables)
changed("phone.jpg", parameters_of_a_phone)

# ---- PNG

picture(31, 9).save(f"{folder}/rgb.png")
note("rgb.png")
picture(31, 9).save(f"{folder}/named.jpg", format="PNG")
note("named.jpg")
picture(31, 9).convert("L").save(f"{folder}/gray.png")
note("gray.png", GRAY)
picture(31, 9).convert("1").save(f"{folder}/one-bit.png")
note("one-bit.png", GRAY | DEPTH)
for bits in 1, 2, 4, 8:
    picture(31, 9).quantize(1 << bits).save(f"{folder}/palette{bits}.png", bits=bits)
    note(f"palette{bits}.png", PALETTE)
hidden = picture(31, 9).convert("RGBA")
hidden.putalpha(Image.linear_gradient("L").resize((31, 9)))
hidden.save(f"{folder}/alpha.png")
note("alpha.png", ALPHA)
hidden.convert("LA").save(f"{folder}/gray-alpha.png")
note("gray-alpha.png", GRAY | ALPHA)
picture(31, 9).quantize(16).save(f"{folder}/transparent.png", transparency=3)
note("transparent.png", PALETTE | ALPHA)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(name, width, height, depth, kind, lines, interlaced=0):
    """`lines`: bytes of each line, without the filter's byte."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    with open(f"{folder}/{name}", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
                   + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines))) + chunk(b"IEND", b""))


values = [[random.randrange(65536) for _ in range(3 * 12)] for _ in range(10)]
values[0][:4] = [0, 65535, 128, 129]
write_png("deep.png", 12, 10, 16, 2, [struct.pack(">36H", *line) for line in values])
scaled = Image.new("RGB", (12, 10))
scaled.putdata([tuple((v + 128) // 257 for v in line[3 * x:3 * x + 3]) for line in values for x in range(12)])
note("deep.png", DEPTH, expected=scaled)
write_png("deep-gray.png", 12, 10, 16, 0, [struct.pack(">12H", *line[:12]) for line in values])
scaled = Image.new("L", (12, 10))
scaled.putdata([(v + 128) // 257 for line in values for v in line[:12]])
note("deep-gray.png", GRAY | DEPTH, expected=scaled.convert("RGB"))
write_png("two-bits.png", 8, 2, 2, 0, [b"\x1b\xe4", b"\x00\xff"])
note("two-bits.png", GRAY | DEPTH)

image = picture(13, 11)
lines = []
for left, top, across, down in (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2):
    for y in range(top, 11, down):
        line = b"".join(bytes(image.getpixel((x, y))) for x in range(left, 13, across))
        if line:
            lines.append(line)
write_png("interlaced.png", 13, 11, 8, 2, lines, 1)
note("interlaced.png", expected=image)
assert list(Image.open(f"{folder}/interlaced.png").getdata()) == list(image.getdata())

# ---- resized, larger and smaller, wide and high, by odd numbers

for width, height in (48, 32), (32, 48), (33, 47), (100, 7), (20, 20), (500, 375):
    for side in 16, 32, 45:
        name = f"{width}x{height}-{side}.png"
        picture(width, height).save(f"{folder}/{name}")
        note(name, side=side)
