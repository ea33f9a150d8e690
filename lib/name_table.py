#!/usr/bin/python3
"""Makes name_table.h: which characters names may have, of which script they
are, and which of them look alike.

	name_table.py UCD CONFUSABLES >name_table.h

UCD is the folder of Unicode's data files (Debian 12's package unicode-data:
/usr/share/unicode), CONFUSABLES the file of UTS 39 of the same version
(source/data/unidata/confusables.txt of Debian 12's source package icu).
The result is checked in, since a new table changes which names are equal:
it is made anew by hand, and only together with a migration of the store.
"""

import sys

# An augmented script set (UTS 39, 5.1) says in which writing systems a
# character is at home: Japanese has Han and Kana, and so on.
AUGMENT = {
    'Han': ('Han_with_Bopomofo', 'Japanese', 'Korean'),
    'Hiragana': ('Japanese',),
    'Katakana': ('Japanese',),
    'Bopomofo': ('Han_with_Bopomofo',),
    'Hangul': ('Korean',),
}
# These have fixed numbers, because name.c speaks of them.
FIXED = ('Latin', 'Han_with_Bopomofo', 'Japanese', 'Korean')

HEAD = '''\
/*
 * name_table.h: made by name_table.py, not to be edited.
 *
 * From data files of Unicode {version}: UnicodeData.txt, Scripts.txt,
 * ScriptExtensions.txt, HangulSyllableType.txt, DerivedCoreProperties.txt
 * (Debian's package unicode-data, 15.0.0-1) and confusables.txt of UTS 39
 * (Debian's source package icu, 72.1-3), which are
 *
 * Copyright (c) 1991-2022 Unicode, Inc. All rights reserved.
 * Distributed under the Terms of Use in https://www.unicode.org/copyright.html
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of the Unicode data files and any associated documentation (the "Data
 * Files") or Unicode software and any associated documentation (the
 * "Software") to deal in the Data Files or Software without restriction,
 * including without limitation the rights to use, copy, modify, merge,
 * publish, distribute, and/or sell copies of the Data Files or Software, and
 * to permit persons to whom the Data Files or Software are furnished to do
 * so, provided that either (a) this copyright and permission notice appear
 * with all copies of the Data Files or Software, or (b) this copyright and
 * permission notice appear in associated Documentation.
 *
 * THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY
 * KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
 * MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT OF
 * THIRD PARTY RIGHTS. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS
 * INCLUDED IN THIS NOTICE BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR
 * CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE,
 * DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE
 * OF THE DATA FILES OR SOFTWARE.
 *
 * Except as contained in this notice, the name of a copyright holder shall not
 * be used in advertising or otherwise to promote the sale, use or other
 * dealings in these Data Files or Software without prior written authorization
 * of the copyright holder.
 */
'''


def fields(path):
    """The lines of a data file, without comments, as lists of fields."""
    with open(path, encoding='utf-8-sig') as f:
        for line in f:
            line = line.split('#')[0].strip()
            if line:
                yield [x.strip() for x in line.split(';')]


def numbers(s):
    return tuple(int(x, 16) for x in s.split())


def span(s):
    first, _, last = s.partition('..')
    return range(int(first, 16), int(last or first, 16) + 1)


def read_characters(ucd):
    """Category of each character, and those that NFKC takes apart."""
    category, apart, first = {}, set(), 0
    for f in fields(ucd + '/UnicodeData.txt'):
        cp = int(f[0], 16)
        if f[1].endswith('First>'):
            first = cp
        elif f[1].endswith('Last>'):
            category.update(dict.fromkeys(range(first, cp + 1), f[2]))
        else:
            category[cp] = f[2]
            if f[5]:
                apart.add(cp)
    apart.update(range(0xAC00, 0xD7A4))     # Hangul, by rule
    return category, apart


def read_scripts(ucd):
    """The set of scripts of each character; None where any will do."""
    long_name = {f[1]: f[2] for f in fields(ucd + '/PropertyValueAliases.txt')
                 if f[0] == 'sc'}
    scripts = {}
    for f in fields(ucd + '/Scripts.txt'):
        one = None if f[1] in ('Common', 'Inherited') else frozenset([f[1]])
        scripts.update(dict.fromkeys(span(f[0]), one))
    for f in fields(ucd + '/ScriptExtensions.txt'):
        some = frozenset(long_name[x] for x in f[1].split())
        scripts.update(dict.fromkeys(span(f[0]), some))
    return {cp: some and some.union(*(AUGMENT.get(x, ()) for x in some))
            for cp, some in scripts.items()}


def read_allowed(ucd, category):
    """Letters, marks, digits and _ - . except what nobody can see."""
    hidden = set()
    for f in fields(ucd + '/DerivedCoreProperties.txt'):
        if f[1] == 'Default_Ignorable_Code_Point':
            hidden.update(span(f[0]))
    return sorted(cp for cp, c in category.items() if cp not in hidden and
                  (c[0] in 'LM' or c == 'Nd' or cp in map(ord, '_-.')))


def read_marks(ucd, category):
    """What sits on the character before it: marks, and of Hangul written in
    parts the vowels and final consonants."""
    marks = {cp for cp, c in category.items() if c[0] == 'M'}
    for f in fields(ucd + '/HangulSyllableType.txt'):
        if f[1] in ('V', 'T'):
            marks.update(span(f[0]))
    return marks


def emit(what, rows):
    print('\nstatic const %s = {' % what)
    line = '\t'
    for row in rows:
        if len(line) + len(row) + 7 > 79:
            print(line.rstrip())
            line = '\t'
        line += row + ', '
    print(line.rstrip())
    print('};')


def main():
    ucd, confusables = sys.argv[1:]
    category, apart = read_characters(ucd)
    scripts = read_scripts(ucd)
    allowed = read_allowed(ucd, category)
    marks = read_marks(ucd, category)

    sets = {scripts.get(cp) for cp in allowed} - {None}
    names = list(FIXED) + sorted(frozenset().union(*sets) - set(FIXED))
    bit = {name: i for i, name in enumerate(names)}
    order = [None] + sorted(sets, key=lambda s: sorted(bit[x] for x in s))
    index = {s: i for i, s in enumerate(order)}
    words = (len(names) + 63) // 64
    assert len(order) <= 256

    ranges = []     # first, last, set, whether marks
    for cp in allowed:
        key = index[scripts.get(cp)], int(cp in marks)
        if ranges and ranges[-1][1] == cp - 1 and ranges[-1][2] == key:
            ranges[-1][1] = cp
        else:
            ranges.append([cp, cp, key])

    # A name is in NFKC when its look is compared: what NFKC takes apart
    # never comes up.
    known = set(allowed)
    like = {}
    for f in fields(confusables):
        cp, = numbers(f[0])
        if cp in known and cp not in apart:
            like[cp] = numbers(f[1])
    longest = max(map(len, like.values()))

    with open(ucd + '/Scripts.txt', encoding='utf-8') as f:
        version = f.readline().split('-')[1].rsplit('.', 1)[0]
    with open(confusables, encoding='utf-8-sig') as f:
        assert any('Version: ' + version in line for line in f), version
    print(HEAD.format(version=version))
    print('#ifndef NAME_TABLE_H\n#define NAME_TABLE_H\n\n#include <stdint.h>\n\n'
          '/* clang-format off */\n')
    print('#define NAME_SET_WORDS %d' % words)
    print('#define NAME_LIKE_MAX %d\n' % longest)
    print('/* Bits of a set that name.c speaks of. */')
    print('enum { %s };' % ', '.join('SCRIPT_' + n.upper() for n in FIXED))

    print('\n/* Sets of scripts; the first is for what any script may use. */')
    print('struct name_set {')
    print('\tuint64_t w[NAME_SET_WORDS];')
    print('};')
    bits = [sum(1 << bit[x] for x in s) if s else (1 << 64 * words) - 1
            for s in order]
    emit('struct name_set name_sets[]',
         ['{{%s}}' % ','.join('%#x' % (b >> 64 * w & (1 << 64) - 1)
                              for w in range(words)) for b in bits])

    print('\n/* Characters that a name may have. */')
    print('struct name_range {')
    print('\tuint32_t first, last;')
    print('\tuint8_t set;\t\t/* index into name_sets */')
    print('\tuint8_t mark;\t\t/* sits on the character before */')
    print('};')
    emit('struct name_range name_ranges[]',
         ['{%d,%d,%d,%d}' % (a, b, *k) for a, b, k in ranges])

    print('\n/* A character, and what stands for its look. */')
    print('struct name_like {')
    print('\tuint32_t from, to;')
    print('};')
    emit('struct name_like name_likes[]',
         ['{%d,%d}' % (cp, to[0]) for cp, to in sorted(like.items())
          if len(to) == 1])
    print('\nstruct name_likes {')
    print('\tuint32_t from, to[NAME_LIKE_MAX];\t/* ends at the first 0 */')
    print('};')
    emit('struct name_likes name_likes_many[]',
         ['{%d,{%s}}' % (cp, ','.join(map(str, to)))
          for cp, to in sorted(like.items()) if len(to) > 1])
    print('\n#endif')


main()
