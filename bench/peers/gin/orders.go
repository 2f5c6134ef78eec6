package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sort"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4"
)

// The textbook version: one transaction that locks the stock, writes the order and its items, takes
// the stock and leaves a row for whoever must hear of it. Prices come from the database.

type wish struct {
	VariantID string `json:"variant_id"`
	Quantity  int64  `json:"quantity"`
}

type orderRequest struct {
	Items   []wish            `json:"items"`
	Address map[string]string `json:"address"`
	Payment map[string]string `json:"payment"`
}

type orderItem struct {
	VariantID string `json:"variant_id"`
	ProductID string `json:"product_id"`
	ShopID    string `json:"shop_id"`
	Name      string `json:"name"`
	Quantity  int64  `json:"quantity"`
	UnitPrice money  `json:"unit_price"`
	LineTotal money  `json:"line_total"`
	Discount  money  `json:"discount"`
	variant   [16]byte
	product   [16]byte
	shop      [16]byte
}

type order struct {
	ID       string                 `json:"id"`
	Number   int64                  `json:"number"`
	Status   string                 `json:"status"`
	Items    []orderItem            `json:"items"`
	Subtotal money                  `json:"subtotal"`
	Discount money                  `json:"discount"`
	Shipping money                  `json:"shipping"`
	Total    money                  `json:"total"`
	Address  map[string]string      `json:"address"`
	Payment  map[string]interface{} `json:"payment"`
	PlacedAt string                 `json:"placed_at"`
}

var errSoldOut = errors.New("sold out")

func (s *server) placeOrder(c *gin.Context) {
	var body orderRequest
	if c.ShouldBindJSON(&body) != nil || len(body.Items) == 0 || len(body.Items) > 99 ||
		body.Address["street"] == "" || body.Payment["provider"] == "" {
		problem(c, 422, "validation_failed")
		return
	}
	var ids [][16]byte
	wanted := map[[16]byte]int64{}
	for _, w := range body.Items {
		id, err := decodeID("var_", w.VariantID)
		if err != nil || w.Quantity < 1 || w.Quantity > 999 {
			problem(c, 422, "validation_failed")
			return
		}
		wanted[id] += w.Quantity
		ids = append(ids, id)
	}
	sort.Slice(ids, func(a, b int) bool { return string(ids[a][:]) < string(ids[b][:]) })
	customer, err := decodeID("usr_", c.GetString("user"))
	if err != nil {
		problem(c, 401, "invalid_token")
		return
	}
	made := order{ID: "", Status: "pending", Address: body.Address}
	err = s.orders.BeginFunc(c.Request.Context(), func(tx pgx.Tx) error {
		return place(c.Request.Context(), tx, customer, ids, wanted, body, &made)
	})
	if errors.Is(err, errSoldOut) {
		problem(c, 409, "insufficient_stock")
		return
	}
	if err != nil {
		problem(c, 503, "unavailable")
		return
	}
	c.Header("Location", "/api/v1/orders/"+made.ID)
	c.JSON(201, gin.H{"data": made})
}

func place(ctx context.Context, tx pgx.Tx, customer [16]byte, ids [][16]byte,
	wanted map[[16]byte]int64, body orderRequest, made *order) error {
	rows, err := tx.Query(ctx, `
SELECT s.variant_id, s.product_id, s.shop_id, s.name, s.price, s.currency, s.on_hand
FROM bench.stock AS s WHERE s.variant_id = ANY ($1) ORDER BY s.variant_id FOR UPDATE`, ids)
	if err != nil {
		return err
	}
	var total int64
	currency := ""
	for rows.Next() {
		var i orderItem
		var price, onHand int64
		if err := rows.Scan(&i.variant, &i.product, &i.shop, &i.Name, &price, &currency,
			&onHand); err != nil {
			return err
		}
		i.Quantity = wanted[i.variant]
		if onHand < i.Quantity {
			rows.Close()
			return errSoldOut
		}
		i.VariantID, i.ProductID = encodeID("var_", i.variant), encodeID("prd_", i.product)
		i.ShopID = encodeID("shp_", i.shop)
		i.UnitPrice, i.LineTotal = money{price, currency}, money{price * i.Quantity, currency}
		i.Discount = money{0, currency}
		total += price * i.Quantity
		made.Items = append(made.Items, i)
	}
	if rows.Err() != nil || len(made.Items) != len(wanted) {
		return errors.New("no such variant")
	}
	id := uuid7()
	made.ID = encodeID("ord_", id)
	now := time.Now().UTC()
	made.PlacedAt = now.Format("2006-01-02T15:04:05.000Z")
	made.Subtotal, made.Total = money{total, currency}, money{total, currency}
	made.Discount, made.Shipping = money{0, currency}, money{0, currency}
	made.Payment = map[string]interface{}{"provider": body.Payment["provider"],
		"method": body.Payment["method"], "status": "pending", "amount": made.Total}
	address, _ := json.Marshal(body.Address)
	if err := tx.QueryRow(ctx, `
INSERT INTO bench.orders (id, customer_id, status, currency, total, address, provider, placed_at)
VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7) RETURNING number`, id, customer, currency, total,
		string(address), body.Payment["provider"], now).Scan(&made.Number); err != nil {
		return err
	}
	for place, i := range made.Items {
		if _, err := tx.Exec(ctx, `
INSERT INTO bench.items (order_id, place, variant_id, name, quantity, unit_price)
VALUES ($1, $2, $3, $4, $5, $6)`, id, place+1, i.variant, i.Name, i.Quantity,
			i.UnitPrice.Amount); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
UPDATE bench.stock SET on_hand = on_hand - $2 WHERE variant_id = $1`, i.variant,
			i.Quantity); err != nil {
			return err
		}
	}
	payload, _ := json.Marshal(gin.H{"order_id": made.ID, "total": made.Total})
	_, err = tx.Exec(ctx, `
INSERT INTO bench.outbox (id, type, aggregate_id, occurred_at, payload)
VALUES ($1, 'order.placed.v1', $2, $3, $4)`, uuid7(), id, now, string(payload))
	return err
}

func uuid7() [16]byte {
	var id [16]byte
	rand.Read(id[:])
	ms := uint64(time.Now().UnixMilli())
	for i := 0; i < 6; i++ {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}
