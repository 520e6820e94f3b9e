"""Invented names and telephone numbers, Chinese with their pinyin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from configs.values import Name

_SURNAMES = (
    "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou 吴Wu "
    "徐Xu 孙Sun 胡Hu 朱Zhu 高Gao 林Lin 何He 郭Guo 马Ma 罗Luo "
    "梁Liang 宋Song 郑Zheng 谢Xie 韩Han 唐Tang 冯Feng 于Yu 董Dong 萧Xiao"
)
_GIVEN = (
    "伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang "
    "勇yong 艳yan 杰jie 涛tao 明ming 超chao 霞xia 平ping 刚gang 桂gui "
    "英ying 华hua 玉yu 兰lan 海hai 波bo 辉hui 鹏peng 飞fei 宁ning"
)
_PLACE_FIRST = (
    "望Wang 青Qing 龙Long 石Shi 金Jin 柳Liu 松Song 泉Quan 凤Feng 云Yun "
    "古Gu 大Da 小Xiao 东Dong 西Xi 南Nan 北Bei 上Shang 下Xia 前Qian "
    "后Hou 双Shuang 长Chang 平Ping 清Qing 白Bai 红Hong 桃Tao 梅Mei 槐Huai"
)
_PLACE_SECOND = (
    "海hai 山shan 河he 泉quan 岭ling 湾wan 沟gou 埠bu 桥qiao 店dian "
    "台tai 坡po 洼wa 岛dao 崖ya 塘tang 溪xi 林lin 口kou 滩tan "
    "峰feng 井jing 城cheng 寨zhai 屯tun 渠qu 园yuan 庙miao 坝ba 疃tuan"
)


def _pairs(words: str) -> list[tuple[str, str]]:
    return [(word[0], word[1:]) for word in words.split()]


def people(random: Random) -> Iterator[Name]:
    """Names of people without end; two may be namesakes, as people are."""
    surnames, given = _pairs(_SURNAMES), _pairs(_GIVEN)
    while True:
        (family, family_en), (first, first_en) = random.choice(surnames), random.choice(given)
        second, second_en = random.choice([("", ""), *given])
        yield Name(zh=family + first + second, en=f"{family_en} {(first_en + second_en).title()}")


def places(random: Random) -> Iterator[Name]:
    """Nine hundred names of places, each once, without what kind of place it is."""
    every = list(product(_pairs(_PLACE_FIRST), _pairs(_PLACE_SECOND)))
    random.shuffle(every)
    for (one, one_en), (other, other_en) in every:
        yield Name(zh=one + other, en=one_en + other_en)


def called(place: Name, zh: str, en: str) -> Name:
    """A place's name with what it is: 望海 + 村 / Village."""
    return Name(zh=f"{place.zh}{zh}", en=f"{place.en} {en}")
