package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4"
)

const productColumns = `
p.id, p.number, p.shop_id, s.name, s.slug, s.owner_id, s.status = 'active', p.name, p.slug,
p.description, p.category_id, p.images, p.attributes, p.options, p.price, p.currency,
p.in_stock, p.sold, p.rating, p.rating_count, p.status, p.version, p.created_at, p.updated_at,
v.ids, v.skus, v.options, v.prices, v.images, v.available`

const productJoins = `
JOIN shops_api.shops AS s ON s.id = p.shop_id
CROSS JOIN LATERAL (
  SELECT COALESCE(array_agg(v.id), '{}') AS ids, COALESCE(array_agg(v.sku), '{}') AS skus,
         COALESCE(array_agg(v.options), '{}') AS options,
         COALESCE(array_agg(v.price), '{}') AS prices,
         COALESCE(array_agg(v.image), '{}') AS images,
         COALESCE(array_agg(v.available), '{}') AS available
  FROM (
    SELECT v.id, v.sku, v.options::text AS options, v.price, COALESCE(v.image, '') AS image,
           COALESCE(a.available, 0) AS available
    FROM catalog.variants AS v
    LEFT JOIN inventory_api.availability AS a ON a.variant_id = v.id
    WHERE v.product_id = p.id AND v.archived_at IS NULL
    ORDER BY v.position
  ) AS v
) AS v`

const selectPage = `
WITH page AS (
  SELECT one.id, one.place
  FROM (VALUES (true), (false)) AS scope (in_stock)
  CROSS JOIN LATERAL (
    SELECT p.id, p.created_at AS place
    FROM catalog.products AS p
    JOIN shops_api.shops AS s ON s.id = p.shop_id
    WHERE p.status = 'active' AND s.status = 'active' AND p.in_stock = scope.in_stock
    ORDER BY p.created_at DESC, p.id DESC
    LIMIT $1
  ) AS one
  ORDER BY one.place DESC, one.id DESC
  LIMIT $1 OFFSET 0
)
SELECT (extract(epoch FROM page.place) * 1000000)::bigint,` + productColumns + `
FROM page
JOIN catalog.products AS p ON p.id = page.id ` + productJoins + `
ORDER BY page.place DESC, page.id DESC`

const selectProduct = `SELECT 0::bigint,` + productColumns + `
FROM catalog.products AS p ` + productJoins + ` WHERE p.id = $1`

type money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type seller struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

type variant struct {
	ID        string          `json:"id"`
	SKU       string          `json:"sku"`
	Options   json.RawMessage `json:"options"`
	Price     money           `json:"price"`
	Image     *string         `json:"image"`
	Available int32           `json:"available"`
	InStock   bool            `json:"in_stock"`
}

type product struct {
	ID            string          `json:"id"`
	Number        int64           `json:"number"`
	ShopID        string          `json:"shop_id"`
	Shop          seller          `json:"shop"`
	Name          string          `json:"name"`
	Slug          string          `json:"slug"`
	Description   string          `json:"description"`
	CategoryID    *string         `json:"category_id"`
	Images        []string        `json:"images"`
	Attributes    json.RawMessage `json:"attributes"`
	Options       json.RawMessage `json:"options"`
	Variants      []variant       `json:"variants"`
	Price         money           `json:"price"`
	InStock       bool            `json:"in_stock"`
	Sold          int64           `json:"sold"`
	RatingAverage float64         `json:"rating_average"`
	RatingCount   int64           `json:"rating_count"`
	Status        string          `json:"status"`
	Version       int             `json:"version"`
	CreatedAt     string          `json:"created_at"`
	UpdatedAt     string          `json:"updated_at"`
}

// The product, and the value it was sorted by.
func scanProduct(row pgx.Row) (product, int64, error) {
	var p product
	var place int64
	var id, shop, owner [16]byte
	var category *[16]byte
	var isOpen bool
	var attributes, options string
	var rating int
	var created, updated time.Time
	var ids [][16]byte
	var skus, variantOptions, images []string
	var prices []int64
	var available []int32
	err := row.Scan(&place, &id, &p.Number, &shop, &p.Shop.Name, &p.Shop.Slug, &owner, &isOpen,
		&p.Name, &p.Slug, &p.Description, &category, &p.Images, &attributes, &options,
		&p.Price.Amount, &p.Price.Currency, &p.InStock, &p.Sold, &rating, &p.RatingCount,
		&p.Status, &p.Version, &created, &updated, &ids, &skus, &variantOptions, &prices, &images,
		&available)
	if err != nil {
		return p, 0, err
	}
	p.ID = encodeID("prd_", id)
	p.ShopID = encodeID("shp_", shop)
	p.Shop.ID = p.ShopID
	if category != nil {
		text := encodeID("cat_", *category)
		p.CategoryID = &text
	}
	p.Attributes = json.RawMessage(attributes)
	p.Options = json.RawMessage(options)
	p.RatingAverage = float64(rating) / 100
	p.CreatedAt = created.UTC().Format("2006-01-02T15:04:05.000Z")
	p.UpdatedAt = updated.UTC().Format("2006-01-02T15:04:05.000Z")
	p.Variants = make([]variant, len(ids))
	for i := range ids {
		v := &p.Variants[i]
		v.ID = encodeID("var_", ids[i])
		v.SKU = skus[i]
		v.Options = json.RawMessage(variantOptions[i])
		v.Price = money{prices[i], p.Price.Currency}
		if images[i] != "" {
			v.Image = &images[i]
		}
		v.Available = available[i]
		v.InStock = available[i] > 0
	}
	return p, place, nil
}

func (s *server) listProducts(c *gin.Context) {
	limit, err := strconv.Atoi(c.DefaultQuery("limit", "20"))
	if err != nil || limit < 1 || limit > 100 {
		problem(c, 422, "invalid")
		return
	}
	rows, err := s.catalog.Query(c.Request.Context(), selectPage, limit+1)
	if err != nil {
		problem(c, 503, "unavailable")
		return
	}
	defer rows.Close()
	products := make([]product, 0, limit+1)
	var last int64
	for rows.Next() {
		p, place, err := scanProduct(rows)
		if err != nil {
			problem(c, 500, "internal")
			return
		}
		products = append(products, p)
		if len(products) <= limit {
			last = place
		}
	}
	meta := gin.H{"limit": limit, "next_cursor": nil}
	if len(products) > limit {
		products = products[:limit]
		meta["next_cursor"] = seal(fmt.Sprintf("products newest %d %s", last, products[limit-1].ID))
	}
	send(c, gin.H{"data": products, "meta": meta}, "W/")
}

func (s *server) getProduct(c *gin.Context) {
	id, err := decodeID("prd_", c.Param("id"))
	if err != nil {
		problem(c, 404, "not_found")
		return
	}
	p, _, err := scanProduct(s.catalog.QueryRow(c.Request.Context(), selectProduct, id))
	if err != nil || p.Status != "active" {
		problem(c, 404, "not_found")
		return
	}
	send(c, gin.H{"data": p}, "")
}

// With a tag made of the whole answer.
func send(c *gin.Context, answer gin.H, weak string) {
	body, err := json.Marshal(answer)
	if err != nil {
		problem(c, 500, "internal")
		return
	}
	c.Header("ETag", weak+`"`+strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 16)+`"`)
	c.Data(200, "application/json; charset=utf-8", body)
}

var cursorKey = []byte("a key for cursors, of this peer alone")

func seal(values string) string {
	code := hmac.New(sha256.New, cursorKey)
	code.Write([]byte(values))
	return base64.RawURLEncoding.EncodeToString(append(code.Sum(nil)[:16], values...))
}
