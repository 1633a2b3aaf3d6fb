// The counter as a Go program would be written: net/http/fcgi, a goroutine for each connection, one connection to the
// database, prepared statements. Usage: count SOCKET DATABASE
package main

import (
	"database/sql"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"strconv"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

var countTotal, countDay *sql.Stmt
var writing sync.Mutex // serves in order; database/sql picks one that waits for its connection at random

// One durable transaction.
func count(database *sql.DB) (total, unique int64, err error) {
	writing.Lock()
	defer writing.Unlock()
	transaction, err := database.Begin()
	if err != nil {
		return
	}
	defer transaction.Rollback() // does nothing after a commit
	if err = transaction.Stmt(countTotal).QueryRow().Scan(&total, &unique); err != nil {
		return
	}
	if _, err = transaction.Stmt(countDay).Exec(time.Now().Unix() / 86400); err != nil {
		return
	}
	return total, unique, transaction.Commit()
}

func prepare(database *sql.DB, text string) *sql.Stmt {
	statement, err := database.Prepare(text)
	if err != nil {
		log.Fatal(err)
	}
	return statement
}

func main() {
	database, err := sql.Open("sqlite3", "file:"+os.Args[2]+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	database.SetMaxOpenConns(1) // SQLite has one writer at a time; more connections would wait for each other
	countTotal = prepare(database, "UPDATE counter SET count = count + 1 WHERE page = '' RETURNING count, uniq")
	countDay = prepare(database, "INSERT INTO daily VALUES (?, '', 1, 0) ON CONFLICT DO UPDATE SET count = count + 1")

	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(fcgi.Serve(listener, http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		total, unique, err := count(database)
		if err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
			return
		}
		body := fmt.Sprintf(`{"count":%d,"unique":%d}`, total, unique)
		header := response.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Content-Length", strconv.Itoa(len(body)))
		header.Set("Cache-Control", "no-store")
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("X-Content-Type-Options", "nosniff")
		response.Write([]byte(body))
	})))
}
