// The exporter that somebody would write who knows Go and needs it by tomorrow: client_golang, encoding/json, a map of
// operations, and the whole list again in a loop. What `make bench` compares with. It keeps nothing on the disk, retries
// nothing, and has the metrics of the exporter that such a program would have.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	api := flag.String("api", "https://comms.twilio.com", "base URL of the API")
	interval := flag.Duration("interval", 30*time.Second, "from one listing to the next")
	pageSize := flag.Int("page-size", 1000, "operations on a page")
	accounts := flag.Int("accounts", 1, "accounts to list")
	address := flag.String("listen-address", "127.0.0.1:0", "where to serve /metrics")
	flag.Parse()

	for n := 0; n < *accounts; n++ {
		name := "default"
		if n > 0 {
			name = fmt.Sprintf("account-%d", n)
		}
		client := &client{base: *api, user: name, password: "simulator", pageSize: *pageSize}
		go poll(client, newLedger(), newMetrics(name, "messages"), *interval)
	}

	http.Handle("/metrics", promhttp.Handler())
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port=%d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}

// poll lists all operations again and again, at most once per interval.
func poll(client *client, ledger *ledger, metrics *metrics, interval time.Duration) {
	ticker := time.NewTicker(interval)
	for {
		start := time.Now()
		err := list(client, ledger, metrics, start)
		metrics.pollDuration.Observe(time.Since(start).Seconds())
		metrics.polls.Inc()
		if err != nil {
			log.Print(err)
			metrics.up.Set(0)
			metrics.failures.Inc()
		} else {
			metrics.up.Set(1)
			metrics.lastSuccess.SetToCurrentTime()
		}
		<-ticker.C
	}
}

// list goes through all pages of the last 7 days once.
func list(client *client, ledger *ledger, metrics *metrics, now time.Time) error {
	query := client.query(now.Add(-retention))
	for {
		page, err := client.list(query, metrics)
		if err != nil {
			return err
		}
		for i := range page.Operations {
			metrics.count(ledger.merge(&page.Operations[i]))
		}
		if page.Pagination.Next == "" {
			break
		}
		query.Set("pageToken", page.Pagination.Next)
	}
	ledger.forget(now.Add(-retention))
	metrics.showWindow(ledger)
	return nil
}
