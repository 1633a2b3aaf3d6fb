<?php
// The counter as a PHP site would write it. The worker keeps its connection to the database between requests.
// A new connection has synchronous=FULL, and the file is in WAL mode; neither is set again for each request.
$database = new PDO('sqlite:' . $_SERVER['DATABASE'], null, null, [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);

$database->exec('BEGIN IMMEDIATE');
try {
    $total = $database->query("UPDATE counter SET count = count + 1 WHERE page = '' RETURNING count, uniq")
        ->fetchAll(PDO::FETCH_NUM)[0];
    $database->prepare("INSERT INTO daily VALUES (?, '', 1, 0) ON CONFLICT DO UPDATE SET count = count + 1")
        ->execute([intdiv(time(), 86400)]);
    $database->exec('COMMIT');
} catch (Throwable $error) {
    $database->exec('ROLLBACK'); // the next request of this worker uses the same connection
    throw $error;
}

$body = json_encode(['count' => $total[0], 'unique' => $total[1]]);
header_remove('X-Powered-By');
header('Content-Type: application/json');
header('Content-Length: ' . strlen($body));
header('Cache-Control: no-store');
header('Access-Control-Allow-Origin: *');
header('X-Content-Type-Options: nosniff');
echo $body;
