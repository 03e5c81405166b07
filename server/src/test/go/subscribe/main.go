// Subscribe prints the events of a daemon as containerd's Go client decodes them, in the form of "ctr events". The
// arguments are the path of a unix socket and the filters.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	apievents "github.com/containerd/containerd/api/events"
	containerd "github.com/containerd/containerd/v2/client"
	"github.com/containerd/typeurl/v2"
)

func main() {
	client, err := containerd.New(os.Args[1])
	if err != nil {
		fail(err)
	}
	defer client.Close()
	envelopes, errs := client.Subscribe(context.Background(), os.Args[2:]...)
	for {
		select {
		case envelope := <-envelopes:
			event, err := typeurl.UnmarshalAny(envelope.Event)
			if err != nil {
				fail(err)
			}
			switch event.(type) {
			case *apievents.ImageCreate, *apievents.ImageUpdate, *apievents.ImageDelete:
			default:
				fail(fmt.Errorf("an event of the type %T", event))
			}
			text, err := json.Marshal(event)
			if err != nil {
				fail(err)
			}
			fmt.Println(envelope.Timestamp, envelope.Namespace, envelope.Topic, string(text))
		case err := <-errs:
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
