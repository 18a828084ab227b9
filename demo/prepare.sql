-- Run by prepare.py on DuckDB. `span` holds the cut and the end of the held-out weeks, `chosen` the households.
-- A stamp is UTC; a coupon's redemption date is a day of a US-Eastern till, five hours behind (in summer four: nobody
-- shops in that hour), which matches 1,128 redemptions to a basket instead of 986.

CREATE TABLE offers AS
SELECT DISTINCT coupon_upc, campaign_id, coupon_upc || '-' || campaign_id AS offer_id, campaign_type, start_date, end_date
FROM coupons JOIN campaign_descriptions USING (campaign_id), span
WHERE start_date < cut;

-- Which basket lines a redemption took money off: covered by the coupon, that day, discounted.
CREATE TABLE covered_lines AS
SELECT r.household_id, o.offer_id, o.campaign_type, t.basket_id, t.product_id, t.transaction_timestamp,
       t.coupon_disc, t.coupon_disc / greatest(t.quantity, 1) AS per_unit
FROM (SELECT DISTINCT * FROM coupon_redemptions) r
JOIN offers o USING (coupon_upc, campaign_id)
JOIN coupons c USING (coupon_upc, campaign_id)
JOIN transactions t
  ON t.household_id = r.household_id AND t.product_id = c.product_id AND t.coupon_disc > 0
 AND CAST(t.transaction_timestamp - INTERVAL 5 HOUR AS DATE) = CAST(r.redemption_date AS DATE);

-- One basket line bears one coupon: the first by id, where two redeemed ones cover it.
CREATE TABLE line_coupons AS
SELECT household_id, basket_id, product_id, min(offer_id) AS coupon
FROM covered_lines GROUP BY ALL;

CREATE TABLE lines AS
SELECT household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc,
       coupon_match_disc, coupon, transaction_timestamp
FROM transactions SEMI JOIN chosen USING (household_id)
LEFT JOIN line_coupons USING (household_id, basket_id, product_id);

CREATE VIEW out_transactions AS
SELECT lines.* FROM lines, span WHERE transaction_timestamp < cut
ORDER BY transaction_timestamp, basket_id, product_id, quantity, sales_value;

CREATE VIEW out_held_out AS
SELECT lines.* FROM lines, span WHERE transaction_timestamp >= cut AND transaction_timestamp < until
ORDER BY transaction_timestamp, basket_id, product_id, quantity, sales_value;

CREATE VIEW out_products AS SELECT * FROM products ORDER BY product_id;

CREATE VIEW out_stores AS SELECT DISTINCT store_id FROM transactions, span WHERE transaction_timestamp < cut ORDER BY store_id;

CREATE VIEW out_demographics AS
SELECT demographics.* FROM demographics SEMI JOIN chosen USING (household_id) ORDER BY household_id;

-- The chain did not publish what a coupon is worth: the median taken off a covered unit by those who redeemed it,
-- else the median of its campaign's type, else one dollar.
CREATE TABLE face_values AS
WITH before AS (SELECT covered_lines.* FROM covered_lines, span WHERE transaction_timestamp < cut),
     of_offer AS (SELECT offer_id, median(per_unit) AS worth FROM before GROUP BY ALL),
     of_type AS (SELECT campaign_type, median(per_unit) AS worth FROM before GROUP BY ALL)
SELECT offer_id, round(coalesce(of_offer.worth, of_type.worth, 1.0), 2) AS face_value
FROM offers LEFT JOIN of_offer USING (offer_id) LEFT JOIN of_type USING (campaign_type);

-- A coupon is called after the categories that most of its products are of.
CREATE TABLE titles AS
WITH counted AS (
  SELECT offer_id, lower(product_category) AS category, count(*) AS n
  FROM offers JOIN coupons USING (coupon_upc, campaign_id) JOIN products USING (product_id)
  WHERE product_category IS NOT NULL GROUP BY ALL
)
SELECT offer_id,
       string_agg(category, ', ' ORDER BY n DESC, category) FILTER (place <= 2)
         || CASE count(*) WHEN 1 THEN '' WHEN 2 THEN '' WHEN 3 THEN ' and another category'
            ELSE ' and ' || (count(*) - 2) || ' other categories' END AS covers
FROM (SELECT *, row_number() OVER (PARTITION BY offer_id ORDER BY n DESC, category) AS place FROM counted)
GROUP BY offer_id;

CREATE VIEW out_coupons AS
SELECT offer_id, product_id, campaign_id, campaign_type AS "group", coalesce(covers, 'chosen products') AS title,
       start_date AS starts, end_date + INTERVAL 1 DAY AS ends, face_value
FROM coupons JOIN offers USING (coupon_upc, campaign_id) JOIN face_values USING (offer_id)
LEFT JOIN titles USING (offer_id)
ORDER BY offer_id, product_id;

CREATE VIEW out_campaigns AS
SELECT household_id, campaign_id, campaign_type AS "group", start_date AS shown_at
FROM campaigns JOIN campaign_descriptions USING (campaign_id) SEMI JOIN chosen USING (household_id), span
WHERE start_date < cut AND campaign_type = 'Type A'
ORDER BY shown_at, campaign_id, household_id;

CREATE VIEW out_mailings AS
SELECT household_id, offer_id, start_date AS shown_at
FROM campaigns JOIN offers USING (campaign_id) SEMI JOIN chosen USING (household_id)
WHERE campaign_type <> 'Type A'
ORDER BY shown_at, household_id, offer_id;

-- At the time of the basket where it is known, else at noon of the till's day.
CREATE TABLE redeemed AS
SELECT r.household_id, o.offer_id,
       coalesce(min(l.transaction_timestamp), any_value(r.redemption_date) + INTERVAL 17 HOUR) AS redeemed_at,
       arg_min(l.basket_id, l.transaction_timestamp) AS basket_id,
       coalesce(sum(l.coupon_disc), any_value(f.face_value)) AS discount
FROM (SELECT DISTINCT * FROM coupon_redemptions) r
JOIN offers o USING (coupon_upc, campaign_id)
JOIN face_values f USING (offer_id)
LEFT JOIN covered_lines l
  ON l.household_id = r.household_id AND l.offer_id = o.offer_id
 AND CAST(l.transaction_timestamp - INTERVAL 5 HOUR AS DATE) = CAST(r.redemption_date AS DATE)
SEMI JOIN chosen ON chosen.household_id = r.household_id
GROUP BY r.household_id, o.offer_id, r.redemption_date;

CREATE VIEW out_redemptions AS
SELECT redeemed.* FROM redeemed, span WHERE redeemed_at < cut ORDER BY redeemed_at, household_id, offer_id;

CREATE VIEW out_held_out_redemptions AS
SELECT redeemed.* FROM redeemed, span WHERE redeemed_at >= cut AND redeemed_at < until
ORDER BY redeemed_at, household_id, offer_id
