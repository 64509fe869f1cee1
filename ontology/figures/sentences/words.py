"""Words of statistics that mean the same to a reader: what a label calls a company, a sentence calls a firm.

Only words of the language are here, none of a source. A class of words stands for all its members.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = (
    "technology tech technological technologies",
    "company companies firm enterprise business corporation",
    "contract contracts",
    "new newly established founded launched registered incorporated created started set-up",
    "patent patents",
    "research r",
    "development d",
    "expenditure spending expense outlay",
    "population inhabitant resident people person",
    "researcher scientist",
    "intensity",
    "employee worker staff",
    "export exports",
    "university universities",
    "paper article publication",
    "emission emissions",
    "science scientific",
    "city cities",
    "startup startups start-up",
)
_CLASS: dict[str, str] = {}
# Words of a label that a sentence may leave out: they say how it is counted, or nothing.
_GENERIC = (
    "a an the of in for by on to and or at from with number numbers count total annual yearly value"
    " values turnover volume amount "
    "amounts worth figure figures level size sum overall all its their city's as under list lists"
    " index-of ranking rankings"
)
GENERIC = frozenset(_GENERIC.split())
# Words that make another statistic of one when they stand next to its name.
QUALIFIERS = re.compile(
    r"(?:invention|utility|design|model|foreign|domestic|overseas|imported?|exported?|import|export"
    r"|application|applied|filing|filed|grant(?:ed)?|pending|valid|active"
    r"|effective|in-force|pct|international|triadic|buyers?|buyer's|buyers'|buy-side|purchased?"
    r"|absorbed|acquired|sellers?|military|marine|agricultural|medical|green|private|listed"
    r"|university|universities|state-owned|small|medium|medium-sized|unicorn|provincial|municipal"
    r"|average|cumulative|accumulated|stock|monthly|quarterly|weekly|outbound|inbound|cross-border"
    r"|licen[cs]e"
    r"|licen[cs]ing|service|services|consulting|transfer|employees?|workers|staff|revenue|profits?"
    r"|taxes|tax|exports?|output|investment|closed|bankrupt|dissolved|per capita)s?"
)
# The same, where they stand before the name: one thing of many.
BEFORE_ONLY = re.compile(
    r"each|every|single|typical|individual|biggest|largest|smallest|highest|lowest|longest|oldest|newest|priciest"
    r"|richest|median|mean|top|other|another|fake|would-be|former|potential|future|prospective|ex|non|joint"
    r"|\d+(?:st|nd|rd|th)"
)
HAN_QUALIFIERS = re.compile(
    r"发明|實用新型|实用新型|外观设计|有效|申请量?|申请|授权量?|授权|在审|高价值|国际|pct|海外|国外"
    r"|进口|出口|输出|吸纳|流向|买方|卖方|买入|登记技术|开发合同|转让|咨询|服务合同|累计|月度|季度|"
    r"发明専利|発明|実用新案|意匠|出願|登録|買い手|売り手|国外|海外|輸出|輸入|累計|中小|民营|私营"
    r"|上市|从业|利润|收入|税收"
)
_HAN_SAME: tuple[tuple[str, str], ...] = (
    ("新设", "(?:新设立?|新增设?|新成立|新注册|新创立|新诞生|新办)的?"),
    ("科技企业", "科技(?:型|类)?(?:企业|公司)"),
    ("国家高新技术企业", "国家级?(?:重点)?高新技术企业"),
    ("技术合同", "技术(?:交易)?合同(?:交易)?"),
    ("専利", "(?:専利|专利)"),
    ("特許", "特許"),
    ("新設", "(?:新設|新規設立|新たに設立された|新しく設立された|新規)の?"),
    ("テクノロジー企業", "(?:テクノロジー|テック|技術系?|科学技術|科技)(?:企業|会社)"),
    ("国家ハイテク企業", "国家(?:級の?)?(?:ハイテク|高新技術|ハイテクノロジー)企業"),
    ("技術契約", "技術(?:取引)?契約"),
)
_HAN_GENERIC = re.compile(
    r"年度|年间|年間|全年|总量|総量|总|総|合计|拥有量?|成交(?:额|金额|量)?|交易(?:额|金额)?|契約金額"
    r"|金额|金額|总额|額|额|值|価値|数量|件数|個数|社数|数(?=$)|量(?=$)"
)

# What may follow a name without changing what it names.
HAN_SUFFIX = re.compile(
    r"(?:的|の)?(?:总|総)?(?:成交|交易|契約|拥有|保有)?(?:总额|金额|金額|数量|件数|個数|社数|总量|总数|額|额|数|量)"
)


def _fill() -> None:
    for line in _CLASSES:
        words = line.split()
        for word in words:
            _CLASS[word] = words[0]


_fill()


@lru_cache(maxsize=1 << 14)
def stem(word: str) -> str:
    """The class of an English word, or the word without the ending of its plural."""
    if word in _CLASS:
        return _CLASS[word]
    single = word
    if len(word) > 4 and word.endswith("ies"):
        single = f"{word[:-3]}y"
    elif len(word) > 4 and re.search(r"(?:ss|sh|ch|x|z)es$", word):
        single = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        single = word[:-1]
    return _CLASS.get(single, single)


def han_core(label: str) -> tuple[str, ...]:
    """The parts of a Chinese or Japanese label that a sentence must hold, in their order."""
    rest = _HAN_GENERIC.sub(" ", label)
    return tuple(part for part in re.split(r"[\s的の・、（）()]+", rest) if part)


@lru_cache(maxsize=1 << 12)
def han_pattern(part: str) -> re.Pattern[str]:
    """A pattern for a part of a Chinese or Japanese label, and for what means the same."""
    return re.compile(_same(part))


def _same(part: str) -> str:
    for given, same in _HAN_SAME:
        at = part.find(given)
        if at >= 0:
            return _same(part[:at]) + same + _same(part[at + len(given) :])
    return re.escape(part)
