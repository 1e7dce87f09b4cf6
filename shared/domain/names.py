"""People's names, however written (R9, R15)."""

from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from shared.domain.text import folded

_TITLES = frozenset("mr mrs ms miss mx dr prof professor sir dame lady lord rev revd reverend".split())
_DIMINUTIVES = (
    "alexander alex sandy xander", "alexandra alex sandra sasha", "andrew andy drew", "anthony tony", "antony tony",
    "barbara barb babs", "benjamin ben benny", "catherine cath cathy kate katie kathy", "charles charlie chuck",
    "christine chris chrissie tina", "christopher chris kit", "daniel dan danny", "david dave davey", "deborah deb debbie",
    "dorothy dot dotty", "edward ed eddie ned ted teddy", "elizabeth liz lizzie beth betty eliza libby", "frances fran",
    "francis frank", "frederick fred freddie", "gerald gerry", "gregory greg", "harold harry", "henry harry hal",
    "isabella bella izzy", "jacqueline jackie", "james jim jimmy jamie", "jane janey", "janet jan", "jennifer jen jenny",
    "jessica jess jessie", "john jack johnny", "jonathan jon", "joseph joe joey", "joshua josh", "judith judy",
    "katherine kath kathy kate katie", "kathleen kath kathy", "kenneth ken kenny", "lawrence larry", "leonard len lenny",
    "margaret maggie meg peggy", "matthew matt", "michael mike mick micky", "mohammed mohamed mohammad muhammad muhammed",
    "nicholas nick nicky", "nicola nicky nikki", "pamela pam", "patricia pat patty trish", "patrick pat paddy",
    "peter pete", "philip phil pip", "rebecca becky becca", "richard rick ricky dick", "robert rob robbie bob bobby bert",
    "ronald ron ronnie", "rosemary rose rosie", "samantha sam", "samuel sam sammy", "sarah sara sally", "stephanie steph",
    "stephen steven steve", "susan sue susie", "theodore ted theo", "theresa terry tess", "thomas tom tommy",
    "timothy tim", "victoria vicky tori", "vincent vince", "william will bill billy willie",
)  # fmt: skip
_SAME_FIRST_NAME = {
    frozenset((one, other))
    for group in _DIMINUTIVES
    for one in group.split()
    for other in group.split()
    if one != other
}


@lru_cache(maxsize=100_000)
def canonical_name(raw: str) -> str:
    """A name for comparing: no case, accents, titles or punctuation; `Example, Jane` is `jane example`. Any script survives."""
    text = raw.strip()
    if text.count(",") == 1:
        last, first = text.split(",")
        text = f"{first} {last}"
    words = folded(text).split()
    named = [word for word in words if word not in _TITLES]
    return " ".join(named or words)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same: the same words in any order. Takes names as written or canonical."""
    return sorted(canonical_name(one).split()) == sorted(canonical_name(other).split())


def similar_name(one: str, other: str) -> bool:
    """Whether two names may well be one person's: a slip of spelling, a short form, a middle name more or less.

    Sharing only a surname, or only a first name, is not similar.
    """
    first, second = canonical_name(one).split(), canonical_name(other).split()
    if sorted(first) == sorted(second):
        return bool(first)
    if not first or not second:
        return False
    if fuzz.ratio("".join(first), "".join(second), score_cutoff=92) >= 92:
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) == 1:
        return len(longer) == 1 and _similar_word(shorter[0], longer[0])
    left = list(longer)
    for word in shorter:
        match = next((candidate for candidate in left if _similar_word(word, candidate)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _similar_word(one: str, other: str) -> bool:
    if one == other or frozenset((one, other)) in _SAME_FIRST_NAME:
        return True
    shortest = min(len(one), len(other))
    if shortest == 1:
        return one[0] == other[0]
    slips = 0 if shortest < 4 else 1 if shortest < 8 else 2
    return DamerauLevenshtein.distance(one, other, score_cutoff=slips) <= slips
