package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	retention = 7 * 24 * time.Hour
	listPath  = "/v1/Messages/Operations"
)

// stats of an operation, as the API reports them.
type stats struct {
	Total         int64 `json:"total"`
	Recipients    int64 `json:"recipients"`
	Attempts      int64 `json:"attempts"`
	Scheduled     int64 `json:"scheduled"`
	Queued        int64 `json:"queued"`
	Sent          int64 `json:"sent"`
	Delivered     int64 `json:"delivered"`
	Read          int64 `json:"read"`
	Undelivered   int64 `json:"undelivered"`
	Unaddressable int64 `json:"unaddressable"`
	Failed        int64 `json:"failed"`
	Canceled      int64 `json:"canceled"`
}

type operation struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Stats     stats     `json:"stats"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

type page struct {
	Operations []operation `json:"operations"`
	Pagination struct {
		Next string `json:"next"`
	} `json:"pagination"`
}

var httpClient = &http.Client{Timeout: time.Minute}

// client lists the operations of one account.
type client struct {
	base, user, password string
	pageSize             int
}

func (c *client) query(since time.Time) url.Values {
	return url.Values{
		"pageSize":  {strconv.Itoa(c.pageSize)},
		"startDate": {since.UTC().Format(time.RFC3339)},
	}
}

func (c *client) list(query url.Values, metrics *metrics) (*page, error) {
	request, err := http.NewRequest(http.MethodGet, c.base+listPath+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(c.user, c.password)
	start := time.Now()
	response, err := httpClient.Do(request)
	if err != nil {
		metrics.requests("error").Inc()
		return nil, err
	}
	defer response.Body.Close()
	metrics.requests(strconv.Itoa(response.StatusCode)).Inc()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the API answered %s", response.Status)
	}
	var page page
	err = json.NewDecoder(response.Body).Decode(&page)
	metrics.requestDuration.Observe(time.Since(start).Seconds())
	return &page, err
}
