package tiny

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Connect opens a pool of connections, none of them yet.
func Connect(ctx context.Context, address string) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, address)
}
