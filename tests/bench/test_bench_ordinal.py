"""The measurement of bulk fits measures every part. How fast they are is for a quiet machine to say."""

from tissueclock.bench.ordinal import bulk_speed


def test_every_part_is_measured():
    found = bulk_speed(tables=20, n=30, rounds=1)
    assert found.tables == 20
    assert [line.split("\t")[0] for line in found.lines()] == ["fit", "ratio", "score", "brant", "wilcoxon"]
    assert found.brant_us > 0
    assert all(line.endswith(" us a table") for line in found.lines())
