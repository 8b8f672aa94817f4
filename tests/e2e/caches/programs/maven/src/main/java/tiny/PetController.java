package tiny;

import jakarta.validation.Valid;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
class PetController {
    private final Pets pets;

    PetController(Pets pets) {
        this.pets = pets;
    }

    @PostMapping("/pets")
    @ResponseStatus(HttpStatus.CREATED)
    Pet create(@Valid @RequestBody Pet pet) {
        return pets.save(pet);
    }
}
