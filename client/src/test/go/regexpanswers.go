// Regexpanswers says what Go's regexp answers.
//
//	go run client/src/test/go/regexpanswers.go > client/src/test/resources/regexp-answers.txt
//
// writes for many regexps of one code point all that they match. A line is a regexp, a tab, and the ranges that it matches,
// each as two decimal numbers: where it starts after the end of the last, and its length. Instead of ranges, "invalid" says
// that the regexp is. Surrogates are left out: no valid text has one. The line "printable" says what strconv.IsPrint holds for.
//
//	go run client/src/test/go/regexpanswers.go answer
//
// reads lines of a regexp, a space and a text, both in hexadecimal UTF-8, and says "true", "false" or "invalid" to each.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var out = bufio.NewWriter(os.Stdout)

func main() {
	defer out.Flush()
	if len(os.Args) > 1 {
		answer()
		return
	}
	fmt.Fprintf(out, "# Written by client/src/test/go/regexpanswers.go, with Unicode %s.\n", unicode.Version)
	write("printable", printable())
	for _, name := range names() {
		for _, flags := range []string{"", "(?i)"} {
			writeWithNegations(flags, `\p{`+name+`}`, `\P{`+name+`}`, `\p{^`+name+`}`)
		}
	}
	for _, letter := range []string{"d", "s", "w"} {
		for _, flags := range []string{"", "(?i)"} {
			writeWithNegations(flags, `\`+letter, `\`+strings.ToUpper(letter))
		}
	}
	for _, name := range strings.Fields("alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit") {
		for _, flags := range []string{"", "(?i)"} {
			writeWithNegations(flags, `[[:`+name+`:]]`, `[[:^`+name+`:]]`, `[^[:`+name+`:]]`)
		}
	}
	for _, pattern := range []string{`.`, `(?s).`, `(?i).`, `\pL`, `(?i)\pN`, `[\w-\x{3B1}]`, `[^\n]`, `(?i)[\x{E9}-\x{FFFC}]`} {
		writePattern(pattern)
	}
	const block = 0x400
	for start := rune(0); start < 0x20000; start += block {
		first, last := fmt.Sprintf(`\x{%X}`, start), fmt.Sprintf(`\x{%X}`, start+block-1)
		writeWithNegations("(?i)", `[`+first+`-`+last+`]`, `[^`+first+`-`+last+`]`)
	}
	writeFolds()
}

func names() []string {
	names := []string{"Any", "any", "ASCII", "Assigned", "L&", "", "_", "No such", "lc", "L_", "g-r e_EK"}
	names = slices.AppendSeq(names, maps.Keys(unicode.Categories))
	names = slices.AppendSeq(names, maps.Keys(unicode.CategoryAliases))
	names = slices.AppendSeq(names, maps.Keys(unicode.Scripts))
	slices.Sort(names)
	return slices.Compact(names)
}

// Writes the answers of a regexp, after it has made sure that the others answer the opposite, in brackets as well.
func writeWithNegations(flags, positive string, negatives ...string) {
	ranges := writePattern(flags + positive)
	if ranges == nil {
		return
	}
	if positive[0] != '[' {
		negatives = append(negatives, `[^`+positive+`]`)
		requireEqual(positive, ranges, matched(flags+`[`+positive+`]`))
	}
	for _, negative := range negatives {
		requireEqual(negative, ranges, complement(matched(flags+negative)))
	}
}

func writePattern(pattern string) []span {
	if _, err := regexp.Compile(pattern); err != nil {
		fmt.Fprintf(out, "%s\tinvalid\n", pattern)
		return nil
	}
	ranges := matched(pattern)
	write(pattern, ranges)
	return ranges
}

// From a code point to one that is no more in it.
type span struct{ start, end rune }

// All code points but surrogates, which no text holds.
var all = func() string {
	var all strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if utf8.ValidRune(r) {
			all.WriteRune(r)
		}
	}
	return all.String()
}()

// Returns which code points a regexp of one code point matches: it looks for runs of them in a text of all.
func matched(pattern string) []span {
	ranges := []span{}
	for _, found := range regexp.MustCompile(`(?:`+pattern+`)+`).FindAllStringIndex(all, -1) {
		start, _ := utf8.DecodeRuneInString(all[found[0]:])
		last, _ := utf8.DecodeLastRuneInString(all[:found[1]])
		ranges = append(ranges, withoutSurrogates(span{start, last + 1})...)
	}
	return ranges
}

func withoutSurrogates(s span) []span {
	parts := []span{{s.start, min(s.end, 0xD800)}, {max(s.start, 0xE000), s.end}}
	return slices.DeleteFunc(parts, func(part span) bool { return part.start >= part.end })
}

func complement(ranges []span) []span {
	complement := []span{}
	start := rune(0)
	for _, s := range append(slices.Clone(ranges), span{unicode.MaxRune + 1, 0}) {
		complement = append(complement, withoutSurrogates(span{start, s.start})...)
		start = s.end
	}
	return complement
}

func requireEqual(pattern string, ranges, others []span) {
	if !slices.Equal(ranges, others) {
		panic(pattern)
	}
}

func write(name string, ranges []span) {
	fmt.Fprintf(out, "%s\t", name)
	end, space := rune(0), ""
	for _, s := range ranges {
		fmt.Fprintf(out, "%s%d %d", space, s.start-end, s.end-s.start)
		end, space = s.end, " "
	}
	fmt.Fprintln(out)
}

func printable() []span {
	ranges := []span{}
	for _, r := range all {
		if n := len(ranges); n > 0 && ranges[n-1].end == r && strconv.IsPrint(r) {
			ranges[n-1].end++
		} else if strconv.IsPrint(r) {
			ranges = append(ranges, span{r, r + 1})
		}
	}
	return ranges
}

// Writes what each code point matches in any case, if that is not itself alone.
func writeFolds() {
	var folding strings.Builder
	for _, r := range all {
		if unicode.SimpleFold(r) != r {
			folding.WriteRune(r)
		}
	}
	for _, r := range all {
		point := fmt.Sprintf(`\x{%X}`, r)
		literal := regexp.MustCompile("(?i)" + point)
		if unicode.SimpleFold(r) == r {
			if !literal.MatchString(string(r)) || literal.MatchString(folding.String()) {
				panic(point)
			}
			continue
		}
		class := regexp.MustCompile("(?i)[" + point + "]")
		negated := regexp.MustCompile("(?i)[^" + point + "]")
		ranges := []span{}
		for _, f := range folding.String() {
			found := literal.MatchString(string(f))
			if found != class.MatchString(string(f)) || found == negated.MatchString(string(f)) {
				panic(point)
			}
			if found {
				ranges = append(ranges, span{f, f + 1})
			}
		}
		write("(?i)"+point, ranges)
	}
}

func answer() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		pattern, text, _ := strings.Cut(lines.Text(), " ")
		compiled, err := regexp.Compile(decode(pattern))
		if err != nil {
			fmt.Fprintln(out, "invalid")
		} else {
			fmt.Fprintln(out, compiled.MatchString(decode(text)))
		}
	}
}

func decode(text string) string {
	bytes, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}
