"""Words that may stand between a name and its number without changing what the number counts.

Where other words stand there, the number may be of something else: it is not bound to the name.
"""

from __future__ import annotations

import re

from innograph.ontology.figures.sentences.text import CJK

_LINKS = frozenset(
    """
a an the this that these its their it they which who there of for in on at by to from with and or as than per into was were is are
be been being has have had having do does did s no not up out down over above under below about around some only just even still
already also again now then so far more less most least than each every both respectively namely ie eg i e while where when after
before since until during through throughout across within among between against versus vs against compared compare comparison
value values total totals totaled totalled totaling totalling amount amounts amounted amounting number numbers numbered numbering
volume turnover worth sum figure figures level count record records recorded recording high highs low new newly reach reaches
reached reaching hit hits hitting stand stands stood standing come comes came coming climb climbed climbing climbs rise rises rose
risen rising raise raised grow grows grew grown growing growth increase increases increased increasing expand expands expanded
expanding expansion jump jumps jumped jumping surge surges surged surging soar soars soared soaring decrease decreased decreasing
decline declined declining fall falls fell fallen falling drop drops dropped dropping shrink shrank shrunk sharply steadily rapidly
significantly substantially dramatically strongly quickly slightly remarkable significant sharp steady strong further continued
continue continues kept keep exceed exceeded exceeding surpass surpassed pass passed top topped break broke cross crossed go went
goes gone going become became becomes make made makes get got account accounted be boast boasts boasted host hosted have hold holds
held see saw seen sees register registers registered sign signed signs conclude concluded post posted posts report reported reports
achieve achieved achieves attain attained set sets average annual annually yearly year years full whole end beginning start
municipal city cities town municipality region area there here capital local people's government overall altogether combined
approximately roughly nearly almost exactly precisely least fewer around early late previous prior earlier later ago former latter
same period time double doubled tripled quadrupled fold times percent percentage points point compound rate yoy cagr bringing took
taking brought bring mark marks milestone threshold level levels home active existing recognized recognised certified accredited
awarded granted counted counting owned owns own owning established establishing founded launched created enterprises companies firms patents contracts transactions
transaction deals market trade trading equal equals equivalent estimated put puts according data statistics official showed shows
show one all well additionally moreover meanwhile however latest thanks us yuan rmb cny
""".split()
)
_TOKEN = re.compile(r"[a-z]+")
_HAN = re.compile(
    r"并不是|不是|并非|而非|仅为|仅有|仅|只有|已经|已|共计|共有|总共|合计|总计|达到|达成|达|实现|拥有|位于|位居|居|约为|约|为|是|有|的|了|在|于|至|到|从|由|和|及|与|以及|而|则|也|又|就|且|分别|其中|其|全市|该市|本市|我市|当地|首次|再次|再|创|新高|历史|最高|纪录|记录|大关"
    r"|成交总?额|交易总?额|总金额|金额|总额|总量|总数|数量|规模|水平|额|量|数|值|同比|环比|相比|比|较|增长到?|增加到?|增至|增|升至|上升到?|提高到?|提升到?|扩大到?|攀升到?|跃升到?|跃升至|下降到?|下降至|降至|减少到?|减少至|降低到?|升|减|降|突破|超过|超|逾|接近|近|大幅|快速|显著|持续|稳步|进一步"
    r"|年均|全年|当年|上年|同期|年|底|末|以来|期间|间|时|数据|统计|显示|公布|发布|根据|据|保持|继续|翻|番|一|两|个|家|件|项|累|每|平均|认定|注册|登记|持有|成为|来自|占"
    r"|は|が|の|で|に|を|と|も|から|まで|へ|や|より|および|及び|それぞれ|あり|ある|あった|だった|です|であり|である|であった|でした|した|して|し|達した|達し|達する|達|なり|なった|なっ|いる|います|た|て|ます|ました|合計|総額|総数|計|件数|金額|社数|数|約|およそ|前年比|比べ|比較|増加|増え|増えた|増|伸び|上昇|拡大|減少|減|急増|大幅|市内|同市|当市|市|全体|年間|中|うち|時点|現在|末|当たり|当り|あたり|記録|過去最高|上回|超え|突破|倍|にかけて|かけて|にわたり|わずか"
)
_LETTERS = re.compile(f"[{CJK}]+")


def residue(folded: str) -> str:
    """What is left of a stretch of folded text without the words that link, or nothing."""
    left = [word for word in _TOKEN.findall(folded) if word not in _LINKS and len(word) > 1]
    for run in _LETTERS.findall(folded):
        rest = _HAN.sub("", run)
        if rest:
            left.append(rest)
    return " ".join(left)
