package tiny;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;

@SpringBootTest
@AutoConfigureMockMvc
class PetTest {
    @Autowired
    private MockMvc web;

    @Test
    void itKeepsAPet() throws Exception {
        web.perform(post("/pets").contentType(MediaType.APPLICATION_JSON).content("{\"name\": \"Rex\"}"))
            .andExpect(status().isCreated()).andExpect(jsonPath("$.id").isNumber());
    }

    @Test
    void itChecksABody() throws Exception {
        web.perform(post("/pets").contentType(MediaType.APPLICATION_JSON).content("{\"name\": \"\"}"))
            .andExpect(status().isBadRequest());
    }
}
