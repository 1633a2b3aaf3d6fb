-- Two months of made-up visits to a small personal site, up to this moment: the example of `make run`. Fills a new
-- Headcount database (docs/storage.md).
BEGIN;

WITH RECURSIVE
    clock (today, elapsed) AS (SELECT unixepoch() / 86400, unixepoch() % 86400 / 86400.0),
    days (day, age) AS (
        SELECT today - 60, 60 FROM clock
        UNION ALL
        SELECT day + 1, age - 1 FROM days WHERE age > 0
    ),
    -- The visits of a usual day.
    pages (id, page, usual) AS (
        VALUES (1, '/', 52), (2, '/notes', 19), (3, '/about', 15), (4, '/projects', 12), (5, '/cv', 7),
            (6, '/notes/a-server-in-the-cupboard', 9), (7, '/notes/bread-for-the-impatient', 34),
            (8, '/notes/truing-a-bicycle-wheel', 26), (9, '/notes/letters-from-iceland', 21),
            (10, '/notes/what-i-read-this-year', 13), (11, '/photographs', 17), (12, '/recipes/plum-cake', 10)
    ),
    -- Two numbers from 0 to 1 for each day and page. They look random, but a day keeps them.
    noise (day, age, page, usual, x, y) AS (
        SELECT day, age, page, usual, k * k * k % 1009 / 1009.0, (k + 7) * (k + 7) * (k + 7) % 1009 / 1009.0
        FROM (SELECT *, day * 37 + id * 101 AS k FROM days, pages)
    ),
    visits (day, page, count, share) AS (
        SELECT
            day,
            page,
            CAST(round(
                usual
                * (0.7 + 0.6 * x)
                * (1.1 - age / 300.0) -- slow growth
                * iif((day + 4) % 7 IN (0, 6), 0.65, 1) -- the weekend
                * iif(page LIKE '%cupboard' AND age BETWEEN 14 AND 16, 8 * (age - 13), 1) -- popular for three days
                * iif(age = 0, elapsed, 1)
            ) AS INTEGER),
            0.6 + 0.2 * y
        FROM noise, clock
    )
INSERT INTO daily (day, page, count, uniq, crawlers, prefetches, ignored)
SELECT day, page, count, CAST(round(count * share) AS INTEGER), 0, 0, 0 FROM visits WHERE count > 0;

-- The site: some visitors saw several pages. Crawlers, prefetches and the owner's own visits were left out.
INSERT INTO daily (day, page, count, uniq, crawlers, prefetches, ignored)
SELECT day, '', sum(count), sum(uniq) * 6 / 7, sum(count) / 3 + day % 11, day % 4, day % 3 FROM daily GROUP BY day;

REPLACE INTO counter (page, count, uniq) SELECT page, sum(count), sum(uniq) FROM daily GROUP BY page;

COMMIT;
