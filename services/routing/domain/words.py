"""Words under which prisoners are kept and waiting requests look for them: never a match by themselves, only candidates."""

from collections.abc import Iterable
from datetime import date

from shared.domain.names import canonical_name


def words_of(names: Iterable[str], born: date | None) -> tuple[str, ...]:
    """A date of birth, whole names, and the beginnings of first and last name, so that most slips still meet."""
    words = [f"born:{born.isoformat()}"] if born else []
    for name in names:
        parts = canonical_name(name).split()
        if parts:
            words.append(f"name:{' '.join(sorted(parts))}")
            words.append(f"like:{'+'.join(sorted((parts[0][:3], parts[-1][:3])))}")
    return tuple(dict.fromkeys(words))
