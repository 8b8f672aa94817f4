// Package tiny takes pets.
package tiny

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

type pet struct {
	Name string `json:"name" binding:"required"`
}

// App answers requests.
func App() http.Handler {
	engine := gin.New()
	engine.POST("/pets", create)
	return engine
}

func create(c *gin.Context) {
	var given pet
	if err := c.ShouldBindJSON(&given); err != nil {
		c.Status(http.StatusUnprocessableEntity)
		return
	}
	c.JSON(http.StatusCreated, given)
}
