// Jsonkeys says which key of an object Go's encoding/json reads.
//
//	go run client/src/test/go/jsonkeys.go KEY...
//
// reads lines of a key in hexadecimal UTF-8, and says to each which of the given keys it is taken for, nothing for none.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	known := os.Args[1:]
	object := structOf(known)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Fprintln(out, taken(object, known, lines.Text()))
	}
}

// Returns a struct with a pointer for each key.
func structOf(known []string) reflect.Type {
	var fields []reflect.StructField
	for i, key := range known {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i),
			Type: reflect.TypeFor[*int](),
			Tag:  reflect.StructTag(`json:"` + key + `"`),
		})
	}
	return reflect.StructOf(fields)
}

func taken(object reflect.Type, known []string, line string) string {
	key, err := hex.DecodeString(line)
	if err != nil {
		panic(err)
	}
	document, err := json.Marshal(map[string]int{string(key): 1})
	if err != nil {
		panic(err)
	}
	value := reflect.New(object)
	if err := json.Unmarshal(document, value.Interface()); err != nil {
		panic(err)
	}
	for i, key := range known {
		if !value.Elem().Field(i).IsNil() {
			return key
		}
	}
	return ""
}
