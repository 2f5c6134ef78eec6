// The peer of the benchmark: what a careful Go team would write for the same routes with Gin, pgx,
// redigo and golang-jwt. Per request it does what Souk's functions do: verify the ES256 token
// (remembered once verified), one pipelined Redis round trip for the GCRA limit and the marks
// against the session, one prepared Postgres query for the same columns, the same JSON, the same
// headers, one JSON log line.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt"
	"github.com/gomodule/redigo/redis"
	"github.com/jackc/pgx/v4/pgxpool"
)

const gcra = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local tolerance = interval * tonumber(ARGV[2])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local moved = whole + interval
if moved - now > tolerance then
  return {0, 0, whole - now, moved - now - tolerance}
end
redis.call('SET', KEYS[1], string.format('%.0f', moved), 'PX', math.ceil((moved - now) / 1000))
return {1, math.floor((tolerance - (moved - now)) / interval), moved - now, 0}`

const selectUser = `
SELECT u.id, u.number, u.email, u.username, u.full_name, u.phone, u.avatar_url, u.birthday,
       u.gender, u.roles, u.status, u.email_verified_at IS NOT NULL, u.created_at, u.version,
       u.tokens_valid_after
FROM identity.users AS u
WHERE u.id = $1 AND u.status <> 'deleted'`

type user struct {
	ID            string   `json:"id"`
	Number        int64    `json:"number"`
	Email         *string  `json:"email"`
	Username      *string  `json:"username"`
	FullName      string   `json:"full_name"`
	Phone         *string  `json:"phone"`
	AvatarURL     *string  `json:"avatar_url"`
	Birthday      *string  `json:"birthday"`
	Gender        *string  `json:"gender"`
	Roles         []string `json:"roles"`
	Status        string   `json:"status"`
	EmailVerified bool     `json:"email_verified"`
	CreatedAt     string   `json:"created_at"`
}

type claims struct {
	Sid      string   `json:"sid"`
	Roles    []string `json:"roles"`
	IssuedMS int64    `json:"iat_ms"`
	jwt.StandardClaims
}

type server struct {
	key      *ecdsa.PublicKey
	users    *pgxpool.Pool
	catalog  *pgxpool.Pool
	orders   *pgxpool.Pool
	redis    *redis.Pool
	sha      string
	verified sync.Map // token → *claims
	log      *os.File
}

func main() {
	pem, err := os.ReadFile(os.Getenv("PEER_PUBLIC_KEY"))
	check(err)
	key, err := jwt.ParseECPublicKeyFromPEM(pem)
	check(err)
	users, err := pgxpool.Connect(context.Background(), os.Getenv("PEER_USERS_DATABASE"))
	check(err)
	catalog, err := pgxpool.Connect(context.Background(), os.Getenv("PEER_CATALOG_DATABASE"))
	check(err)
	orders, err := pgxpool.Connect(context.Background(), os.Getenv("PEER_ORDERS_DATABASE"))
	check(err)
	logFile, err := os.OpenFile(os.Getenv("PEER_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	check(err)
	s := &server{key: key, users: users, catalog: catalog, orders: orders, log: logFile}
	s.redis = &redis.Pool{MaxIdle: 64, Dial: func() (redis.Conn, error) {
		return redis.Dial("unix", os.Getenv("PEER_REDIS"))
	}}
	c := s.redis.Get()
	s.sha, err = redis.String(c.Do("SCRIPT", "LOAD", gcra))
	check(err)
	c.Close()

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET("/api/v1/users/:id", s.identify("users", "get_user", "private, no-cache"),
		s.authenticate, s.admit, s.getUser)
	r.POST("/api/v1/orders", s.identify("orders", "place_order", "no-store"), s.authenticate, s.admit,
		s.placeOrder)
	public := "public, max-age=1"
	r.GET("/api/v1/products", s.identify("catalog", "list_products", public), s.admitGuest,
		s.listProducts)
	r.GET("/api/v1/products/:id", s.identify("catalog", "get_product", public), s.admitGuest,
		s.getProduct)
	socket := os.Getenv("PEER_SOCKET")
	os.Remove(socket)
	l, err := net.Listen("unix", socket)
	check(err)
	check(os.Chmod(socket, 0o666))
	if address := os.Getenv("PEER_ADDRESS"); address != "" {
		go func() { check(r.Run(address)) }()
	}
	check(r.RunListener(l))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func problem(c *gin.Context, status int, code string) {
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, gin.H{"status": status, "code": code})
}

// Gives the request its id and writes one line of log when it is answered.
func (s *server) identify(function, operation, cacheControl string) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		id := c.GetHeader("X-Request-Id")
		if id == "" {
			id = random(16)
		}
		trace := random(16)
		c.Header("X-Request-Id", id)
		c.Header("Cache-Control", cacheControl)
		c.Next()
		line, _ := json.Marshal(gin.H{
			"ts": time.Now().UTC().Format(time.RFC3339Nano), "level": "info", "fn": function,
			"msg": "request", "request.id": id, "trace.id": trace,
			"http.method": c.Request.Method, "http.route": operation,
			"http.path": c.Request.URL.Path, "http.status": c.Writer.Status(),
			"duration_us": time.Since(start).Microseconds(), "user.id": c.GetString("user"),
		})
		s.log.Write(append(line, '\n'))
	}
}

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func (s *server) authenticate(c *gin.Context) {
	token := strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")
	if known, ok := s.verified.Load(token); ok {
		cl := known.(*claims)
		if cl.ExpiresAt > time.Now().Unix() {
			c.Set("claims", cl)
			c.Set("user", cl.Subject)
			return
		}
	}
	cl := &claims{}
	parser := jwt.Parser{ValidMethods: []string{"ES256"}}
	_, err := parser.ParseWithClaims(token, cl, func(*jwt.Token) (interface{}, error) {
		return s.key, nil
	})
	if err != nil || cl.Issuer != "souk" || cl.Audience != "souk-api" {
		problem(c, 401, "invalid_token")
		return
	}
	s.verified.Store(token, cl)
	c.Set("claims", cl)
	c.Set("user", cl.Subject)
}

func (s *server) admit(c *gin.Context) {
	cl := c.MustGet("claims").(*claims)
	conn := s.redis.Get()
	defer conn.Close()
	conn.Send("EVALSHA", s.sha, 1, "souk:rate:signed_in:"+cl.Subject, 1, 40000000)
	conn.Send("MGET", "souk:marks", "souk:ended:"+cl.Sid, "souk:refused:"+cl.Subject,
		"souk:roles:"+cl.Subject)
	conn.Flush()
	verdict, err := redis.Int64s(conn.Receive())
	if err != nil {
		problem(c, 503, "unavailable")
		return
	}
	marks, err := redis.Strings(conn.Receive())
	if err != nil {
		problem(c, 503, "unavailable")
		return
	}
	if !passes(c, "signed_in", 40000000, verdict) {
		return
	}
	if since, err := strconv.ParseInt(marks[2], 10, 64); marks[1] != "" ||
		(err == nil && cl.IssuedMS < since) {
		problem(c, 401, "token_revoked")
	}
}

// A guest is limited by address.
func (s *server) admitGuest(c *gin.Context) {
	conn := s.redis.Get()
	defer conn.Close()
	address := c.GetHeader("X-Real-IP")
	if address == "" {
		address = c.ClientIP()
	}
	verdict, err := redis.Int64s(conn.Do("EVALSHA", s.sha, 1, "souk:rate:public:"+address, 1,
		100000000))
	if err != nil {
		problem(c, 503, "unavailable")
		return
	}
	passes(c, "public", 100000000, verdict)
}

func passes(c *gin.Context, class string, burst int, verdict []int64) bool {
	c.Header("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, class, burst, 20))
	c.Header("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, class, verdict[1],
		(verdict[2]+999999)/1000000))
	if verdict[0] == 0 {
		problem(c, 429, "rate_limited")
		return false
	}
	return true
}

func (s *server) getUser(c *gin.Context) {
	uuid, err := decodeID("usr_", c.Param("id"))
	if err != nil {
		problem(c, 404, "not_found")
		return
	}
	var u user
	var id [16]byte
	var birthday *time.Time
	var createdAt, validAfter time.Time
	var version int
	err = s.users.QueryRow(c.Request.Context(), selectUser, uuid).Scan(&id, &u.Number, &u.Email,
		&u.Username, &u.FullName, &u.Phone, &u.AvatarURL, &birthday, &u.Gender, &u.Roles,
		&u.Status, &u.EmailVerified, &createdAt, &version, &validAfter)
	if err != nil {
		problem(c, 404, "not_found")
		return
	}
	u.ID = encodeID("usr_", id)
	if birthday != nil {
		text := birthday.Format("2006-01-02")
		u.Birthday = &text
	}
	u.CreatedAt = createdAt.UTC().Format("2006-01-02T15:04:05.000Z")
	c.Header("ETag", `"`+strconv.Itoa(version)+`"`)
	c.JSON(200, gin.H{"data": u})
}
