// Unicodetables writes the tables of Unicode that filters and messages need, as the Go release knows them that runs it:
//
//	go run client/src/main/go/unicodetables.go > client/src/main/resources/dev/imaged/internal/unicode/unicode.txt
//
// A line is one of these; numbers are decimal.
//
//	# text                      a comment
//	set NAME START LENGTH ...   a set of code points: where each range starts after the end of the last, and its length
//	asis NAME                   a set to which (?i) adds nothing, although there are other forms of what is in it
//	alias NAME OTHER            another name of a set
//	fold POINT POINT ...        code points that differ in case only, ascending
//
// Names are what \p{...} of a regexp finds: canonical, that is, with one upper-case letter at the start.
package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// In lower case, so that no regexp finds it.
const printable = "printable"

var out = bufio.NewWriter(os.Stdout)

func main() {
	defer out.Flush()
	fmt.Fprintf(out, "# Unicode %s. Written by client/src/main/go/unicodetables.go: do not edit.\n", unicode.Version)
	sets := map[string]func(rune) bool{
		"Any":      func(rune) bool { return true },
		"Ascii":    func(r rune) bool { return r <= unicode.MaxASCII },
		"Assigned": func(r rune) bool { return !unicode.Is(unicode.Cn, r) },
		printable:  unicode.IsPrint,
	}
	for _, tables := range []map[string]*unicode.RangeTable{unicode.Scripts, unicode.Categories} {
		for name, table := range tables {
			// Go 1.25 and later find no script of two words: they take the underscore out of the name, but not out of the key.
			if name == canonical(name) || name == "LC" {
				sets[canonical(name)] = func(r rune) bool { return unicode.Is(table, r) }
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		writeSet(name, sets[name])
		if name != printable && !folds(name, sets[name]) {
			fmt.Fprintf(out, "asis %s\n", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unicode.CategoryAliases)) {
		if sets[canonical(name)] == nil {
			fmt.Fprintf(out, "alias %s %s\n", canonical(name), canonical(unicode.CategoryAliases[name]))
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if orbit := orbit(r); len(orbit) > 1 && orbit[0] == r {
			fmt.Fprintf(out, "fold %s\n", strings.Trim(fmt.Sprint(orbit), "[]"))
		}
	}
}

func writeSet(name string, holds func(rune) bool) {
	fmt.Fprintf(out, "set %s", name)
	end := rune(0)
	for start := rune(0); start <= unicode.MaxRune; start++ {
		if holds(start) {
			stop := start
			for stop <= unicode.MaxRune && holds(stop) {
				stop++
			}
			fmt.Fprintf(out, " %d %d", start-end, stop-start)
			end, start = stop, stop
		}
	}
	fmt.Fprintln(out)
}

// Returns whether (?i) adds to a set all forms of what is in it.
func folds(name string, holds func(rune) bool) bool {
	folded := regexp.MustCompile(`(?i)^\p{` + name + `}$`)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		f := unicode.SimpleFold(r)
		if f != r && holds(r) && !folded.MatchString(string(f)) {
			return false
		}
	}
	return true
}

func orbit(r rune) []rune {
	orbit := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		orbit = append(orbit, f)
	}
	slices.Sort(orbit)
	return orbit
}

func canonical(name string) string {
	name = strings.NewReplacer("_", "", "-", "", " ", "").Replace(name)
	return strings.ToUpper(name[:1]) + strings.ToLower(name[1:])
}
