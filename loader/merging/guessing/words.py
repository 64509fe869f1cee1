"""Words by which columns are told: in headers, and in cells. Header words are whole words, CJK ones substrings."""

from __future__ import annotations

import re
import unicodedata

_HEADERS = {
    "period": (
        "year years date time period time_period timeperiod quarter month fy fiscal_year financial_year jahr jahre "
        "zeit zeitraum datum quartal monat stichtag année annee an anno año ano periodo período période fecha date rok "
        "год период ár vuosi år"
    ),
    "place": (
        "entity city cities place area ref_area refarea region province prefecture country geo geography location "
        "municipality state territory district town locality metro borough economy reporter stadt ort gebiet gemeinde "
        "kreis land bundesland ville commune pays région département ciudad municipio provincia país pais región "
        "cidade município comune città regione gemeente stad kommun kommune kunta miasto gmina город регион страна"
    ),
    "indicator": (
        "indicator indicators variable variables measure measures series metric item subject statistic kpi topic "
        "category indikator kennzahl merkmal indicateur mesure indicador concepto indicatore wskaźnik показатель"
    ),
    "value": (
        "value values obs_value obsvalue observationvalue val amount figure observation wert werte betrag anzahl "
        "valeur valor importe valore waarde värde wartość значение"
    ),
    "unit": (
        "unit units unit_measure unitofmeasure uom measureunit einheit maßeinheit masseinheit unité unite unidad unità "
        "eenheid enhet jednostka единица"
    ),
    "multiplier": "unit_mult unitmult multiplier scale scaling scalar_factor powercode",
    "status": "obs_status obsstatus status flag flags obs_flag qualifier statuscode",
    "note": "note notes comment comments remark remarks footnote footnotes bemerkung anmerkung hinweis nota remarque",
}
_CJK = {
    "period": "年份 年度 年次 年月 时间 時間 时期 時期 期間 日期 日付 季度 月份 統計年 西暦 연도 년도",
    "place": (
        "省份 省市 城市 地区 地域 都市 都道府県 市区町村 市町村 自治体 国家 国名 行政区 地名 縣市 区域 区县 도시 지역"
    ),
    "indicator": "指标 指標 项目 項目 变量 変数 类别 分類 统计量 統計表 지표",
    "value": "数值 数値 数据 值 値 金额 金額 数量 값",
    "unit": "单位 単位 單位 단위",
    "status": "状态 状態",
    "note": "备注 備考 注释 注記 说明",
}
_COUNTRIES = frozenset(
    {
        *(
            "country",
            "countries",
            "nation",
            "land",
            "staat",
            "pays",
            "país",
            "pais",
            "paese",
            "economy",
            "страна",
        )
    }
    | {*("国家", "國家", "国名", "国", "國", "나라", "국가")}
)
# A header that is nothing but such a character.
_ONE = {
    **dict.fromkeys("年", "period"),
    **dict.fromkeys("省市国県", "place"),
    **dict.fromkeys("値值", "value"),
    **dict.fromkeys("注", "note"),
}

IDENTIFIERS = {
    "geonames": "geonameid geonamesid geonames geoname_id geonames_id",
    "wikidata": "wikidata qid wikidata_id wikidataid",
    "iso3166-1": (
        "countrycode country_code country_iso country_id iso2 iso3 iso_code isocode alpha2 alpha3 countryiso3code "
        "iso3166"
    ),
    "iso3166-2": "iso3166_2 iso_3166_2 subdivision_code",
    "unlocode": "unlocode locode un_locode",
    "nuts": "nuts nuts_id nutsid nuts_code nuts3 nuts2 nuts1",
}
_OTHER_NUMBERS = "latitude longitude lat lon lng long x y id index rank row no nr code rang decimal decimals"
FORECAST = re.compile(
    r"project|forecast|predict|prognos|prévision|prevision|proyec|预测|预计|予測|推計値|将来", re.IGNORECASE
)
ESTIMATE = re.compile(r"estimat|schätz|geschätzt|estimé|estimad|估计|推計", re.IGNORECASE)
PEOPLE = re.compile(
    r"\b(?:population|inhabitants|einwohner|bevölkerung|habitants|habitantes)\b(?! density)|人口(?!密度)",
    re.IGNORECASE,
)
AGGREGATES = frozenset(
    {
        *(
            "全国",
            "全國",
            "全国计",
            "总计",
            "合计",
            "總計",
            "合計",
            "計",
            "总和",
            "全国合計",
            "全国平均",
            "全国総計",
        )
    }
    | {
        *(
            "total",
            "world",
            "all",
            "sum",
            "gesamt",
            "insgesamt",
            "summe",
            "bundesgebiet",
            "ensemble",
            "global",
        )
    }
    | {*("france entière", "total nacional", "all areas", "national", "nation", "eu27_2020", "eu28", "eu27")}
    | {*("average", "mean", "worldwide", "average of all cities", "grand total", "subtotal")}
)
_DIVISIONS_OF_CHINA = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 "
    "海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆"
)


def words_of(header: str) -> list[str]:
    """The words of a header: "RefArea" and "ref_area" are themselves and their parts."""
    plain = unicodedata.normalize("NFKC", header)
    plain = re.sub(r"[(\[（].*?[)\]）]", " ", plain)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    whole = re.sub(r"[^\w]+", "_", plain.casefold()).strip("_")
    return [whole, *(word for word in re.split(r"[\W_]+", parted.casefold()) if word)]


def roles_of(header: str) -> dict[str, float]:
    """The roles that a header speaks for: 1 when it is the word, less when the word is one of several."""
    words = words_of(header)
    found: dict[str, float] = {}
    for role, known in _HEADERS.items():
        names = known.split()
        if words[0] in names:
            found[role] = 1.0
        elif any(word in names for word in words[1:]):
            found[role] = 0.6 if words[-1] in names else 0.4
    if words[0] == "name":
        found["place"] = 0.5
    if (one := _ONE.get(words[0])) is not None:
        found[one] = 1.0
    for role, known in _CJK.items():
        if any(word in words[0] for word in known.split()):
            found.setdefault(role, 0.8)
    return found


def scheme_of(header: str) -> str:
    """The identifier scheme that a header names, or ""."""
    words = words_of(header)
    return next((scheme for scheme, known in IDENTIFIERS.items() if words[0] in known.split()), "")


def names_countries(header: str) -> bool:
    """Whether a header is a word for countries, or has one ("Country or Area")."""
    return any(word in _COUNTRIES for word in words_of(header))


def is_other_number(header: str) -> bool:
    """A header of numbers that are no figures: coordinates, identifiers, ranks."""
    words = words_of(header)
    return (
        words[0] in _OTHER_NUMBERS.split()
        or words[-1].endswith(("id", "code", "index"))
        or bool(scheme_of(header))
    )


def is_aggregate(name: str) -> bool:
    """The name of a nation or a sum among the names of its parts."""
    closed = re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", name.strip())  # 全　国
    return closed.casefold() in AGGREGATES


def are_divisions_of_china(names: set[str]) -> bool:
    """Whether most names are short names of the province-level divisions of China."""
    closed = {"".join(name.split()) for name in names}
    return len(closed) > 4 and len(closed & set(_DIVISIONS_OF_CHINA.split())) >= 0.6 * len(closed)
