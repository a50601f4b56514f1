"""Text that was compressed before its end was known."""

from __future__ import annotations

import gzip
import os
import zlib

import pytest

from micro.protocol.packing import LONGEST_END, Packed


@pytest.mark.parametrize("start", [b"", b"x", b"many words " * 50_000, os.urandom(200_000)])
@pytest.mark.parametrize("end", [b"", b',"id":7}', b"e" * LONGEST_END])
def test_every_end_is_read_behind_the_same_start(start: bytes, end: bytes):
    assert gzip.decompress(Packed(start).ended(end)) == start + end


def test_who_reads_one_member_only_has_it_all():
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert reader.decompress(Packed(b"start " * 1_000).ended(b"end")).endswith(b"start end")
    assert reader.eof
    assert not reader.unused_data


def test_what_a_client_sent_is_not_compressed_together_with_what_it_is_told():
    secret = os.urandom(40).hex().encode()
    packed = Packed(b"the secret is " + secret)
    assert len(packed.ended(secret)) == len(packed.ended(os.urandom(40).hex().encode()))
